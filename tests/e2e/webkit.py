"""WebKit, the engine of every browser on an iPhone, by W3C WebDriver: JSON over HTTP."""

import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from socket import SOCK_STREAM
from typing import Any

from tests.e2e.browsers import Browser, display, hand
from tests.e2e.osc_peers import program
from tests.e2e.server import free_port
from tools.browser import wait_for

OPTIONS = ["--automation", "--media-playback-requires-user-gesture=TRUE"]
"""As on a telephone: no sound that nobody has asked for."""
LISTEN = """async () => {
    const said = (window.said = []);
    for (const name of ["error", "warn"]) {
        const old = console[name];
        console[name] = (...words) => said.push(words.join(" ")) && old.call(console, ...words);
    }
    addEventListener("error", ({ message }) => said.push(message));
    addEventListener("unhandledrejection", ({ reason }) => said.push(String(reason)));
    addEventListener("securitypolicyviolation", ({ effectiveDirective: rule, blockedURI: what }) => said.push(`${rule} ${what}`));
}"""
"""WebDriver tells no console: the page's is heard from its load on."""
ANSWER_S = 60.0
JSON = {"Content-Type": "application/json"}


class WebKit(Browser):
    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": {"args": OPTIONS}}}
        self._base += "/" + self._ask("POST", "", capabilities=wanted)["sessionId"]

    def _ask(self, method: str, path: str, **body: object) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + path, data, JSON, method=method)  # noqa: S310  # our own driver
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(error.read().decode()) from None

    def go(self, address: str) -> None:
        self._ask("POST", "/url", url=address)
        self.run(LISTEN, None)

    def run(self, function: str, argument: Any) -> Any:
        script = f"const [argument, done] = arguments; ({function})(argument).then((it) => done([it]), (error) => done(`${{error}}`));"
        answer = self._ask("POST", "/execute/async", script=script, args=[argument])
        assert isinstance(answer, list), answer
        return answer[0]

    def press(self, x: int, y: int) -> None:
        self._ask("POST", "/actions", actions=hand(x, y))

    def resize(self, width: int, height: int) -> None:
        self._ask("POST", "/window/rect", x=0, y=0, width=width, height=height)

    def complaints(self) -> list[str]:
        return self.evaluate("() => window.said.splice(0)")

    def close(self) -> None:
        self._ask("DELETE", "")


@contextlib.contextmanager
def webkit(environment: dict[str, str]) -> Iterator[WebKit]:
    """Run it on a display of its own."""
    port = free_port(SOCK_STREAM)
    command, quiet = [program("WebKitWebDriver"), f"--port={port}"], subprocess.DEVNULL
    with (
        display() as screen,
        subprocess.Popen(command, env=os.environ | environment | screen, stdout=quiet, stderr=quiet) as process,
    ):
        try:
            wait_for(port)
            with contextlib.closing(WebKit(port)) as browser:
                yield browser
        finally:
            process.terminate()
