"""Attacks as a browser can carry them out. Behaviour list:

DOOR-1 a page of another origin opens no WebSocket, reads nothing, steers nothing; DOOR-2 it cannot frame the page; DOOR-3 a
foreign name that points to loopback (DNS rebinding) is refused; DOOR-4 the page itself can load nothing from elsewhere. The
music goes on meanwhile.
"""

import functools
import http.server
import threading

import pytest

from tests.e2e.page import BAND, news_of, play
from tests.e2e.server import running_server
from tools.browser import UNGUARDED, chromium, opened

pytestmark = pytest.mark.e2e
FOREIGN = "rebound.example"


@pytest.fixture(scope="module")
def browser():
    """Without the browser's own guard of the local network: what is tested here is ours."""
    with chromium(UNGUARDED, f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("door"), config=BAND) as server, news_of(server) as news:
        play(news)
        yield server


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The address of a page of somebody else's, on this machine."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text("<!doctype html><title>elsewhere</title>")
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def foreign(browser, elsewhere, server):
    """A page of another origin, while the music plays on."""
    page = browser.new_page()
    page.goto(elsewhere)
    before = server.status()
    yield page
    page.context.close()
    server.wait_for(lambda status: status["bar"] > before["bar"] + 1)
    assert server.status()["tension"] == before["tension"]


KNOCK = """async (address) => new Promise((done) => {
    const socket = new WebSocket(address);
    const said = [];
    socket.onopen = () => {
        said.push("open");
        socket.send(JSON.stringify({ do: "/tension", args: [0.99], id: 1 }));
    };
    socket.onmessage = ({ data }) => said.push(data);
    socket.onclose = ({ code }) => done([code, said]);
})"""
READ = """async (address) => fetch(address).then(async (answer) => await answer.text(), (error) => error.name)"""
THROW = """async (address) => fetch(address, { method: "POST", mode: "no-cors", body: "0.99" }).then((a) => a.type, (e) => e.name)"""


@pytest.mark.parametrize("path", ["ws", ""])
def test_a_page_of_another_origin_opens_no_websocket(path, foreign, server):
    refused = server.status()["web_refused"]
    assert foreign.evaluate(KNOCK, f"ws://127.0.0.1:{server.web_port}/{path}") == [1006, []]
    assert server.status()["web_refused"] > refused


@pytest.mark.parametrize("path", ["", "tension", "?HOST_INFO", "metrics", "show.mid", "page/app.js"])
def test_a_page_of_another_origin_reads_nothing(path, foreign, server):
    assert foreign.evaluate(READ, f"http://127.0.0.1:{server.web_port}/{path}") == "TypeError"


def test_a_page_of_another_origin_steers_nothing(foreign, server):
    for path in ("tension", "tension?VALUE=0.99", "ws"):
        foreign.evaluate(THROW, f"http://127.0.0.1:{server.web_port}/{path}")


def test_the_page_cannot_be_framed(foreign, server):
    said = []
    foreign.on("console", lambda message: said.append(message.text))
    with foreign.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-error:")):
        foreign.evaluate(
            """address => document.body.append(Object.assign(document.createElement("iframe"), { src: address }))""",
            f"http://127.0.0.1:{server.web_port}/",
        )
    assert [text for text in said if "frame-ancestors" in text or "X-Frame-Options" in text]


def test_a_foreign_name_for_loopback_is_refused(browser, server):
    page = browser.new_page()
    refused = server.status()["web_refused"]
    for path in ("", "ws", "tension", "show.mid", "metrics"):
        answer = page.goto(f"http://{FOREIGN}:{server.web_port}/{path}")
        assert answer.status == 421
        assert "not ours" in answer.text()
    assert page.evaluate(KNOCK, f"ws://{FOREIGN}:{server.web_port}/ws") == [1006, []]
    assert server.status()["web_refused"] > refused
    page.context.close()


def test_the_page_itself_loads_nothing_from_elsewhere(browser, server, elsewhere):
    page = opened(browser.new_context(), server.web_port)
    assert page.evaluate(READ, elsewhere) == "TypeError"
    blocked = page.evaluate(
        """address => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), { once: true });
            document.body.append(Object.assign(document.createElement("script"), { src: `${address}x.js` }));
        })""",
        elsewhere,
    )
    assert blocked == "script-src-elem"
    page.context.close()
