from server.web.pages import CSP, SAFE, TYPES, page_files


def test_the_page_s_files_are_known_by_name_and_nothing_else():
    pages = page_files()
    assert "index.html" in pages
    assert all(name[name.rfind(".") :] in TYPES for name in pages)
    assert not any(name.startswith(("/", ".")) or "\\" in name for name in pages)
    assert pages["index.html"].type.startswith("text/html")
    assert all(answer.status == 200 and answer.body for answer in pages.values())


def test_no_script_but_our_own_files_runs():
    assert "'unsafe" not in CSP
    assert "script-src 'self'" in CSP
    assert "frame-ancestors 'none'" in CSP
    assert SAFE["X-Content-Type-Options"] == "nosniff"
    assert SAFE["Cache-Control"] == "no-store"
