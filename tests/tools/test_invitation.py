from msgspec.structs import replace

from server.config import load
from server.guard import RESUME
from server.resume import Papers, leave
from tools.invitation import invite

CONFIG = load()


def test_only_who_opens_the_page_is_told_the_address(capsys, monkeypatch):
    monkeypatch.delenv(RESUME, raising=False)
    alone = invite(CONFIG, lan=False)
    assert capsys.readouterr().out == ""
    assert alone.web.token
    opened = invite(CONFIG, lan=True)
    assert f"?token={opened.web.token}" in capsys.readouterr().out
    assert opened.web.host == CONFIG.web.host  # the house opens it
    invite(replace(CONFIG, web=replace(CONFIG.web, enabled=False)), lan=True)
    assert capsys.readouterr().out == ""


def test_a_main_started_again_keeps_the_token_and_prints_nothing(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    first = invite(CONFIG, lan=True)
    leave(Papers("", "", first.web.token))
    capsys.readouterr()
    assert invite(CONFIG, lan=True).web.token == first.web.token
    assert capsys.readouterr().out == ""
    (tmp_path / "resume.json").write_text("torn")
    assert invite(CONFIG, lan=True).web.token != first.web.token
