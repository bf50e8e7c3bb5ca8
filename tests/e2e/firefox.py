"""Firefox, by its own WebDriver BiDi (a W3C draft): JSON over a WebSocket, no driver in between."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from aiohttp import ClientSession

from tests.e2e.browsers import Browser, hand
from tests.e2e.osc_peers import program

LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
ANSWER_S = 60.0
LOUD = ("error", "warn")


class Firefox(Browser):
    """Its answers come in order; the news between them are kept."""

    def __init__(self, address: str) -> None:
        self._runner = asyncio.Runner()
        self._number = 0
        self._news: list[dict] = []
        self._runner.run(self._connect(f"{address}/session"))
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    async def _connect(self, address: str) -> None:
        self._http = ClientSession()
        self._socket = await self._http.ws_connect(address, max_msg_size=0)

    def _ask(self, method: str, **parameters: object) -> dict:
        return self._runner.run(self._asked(method, parameters))

    async def _asked(self, method: str, parameters: dict) -> dict:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while (answer := await self._socket.receive_json(timeout=ANSWER_S)).get("id") != self._number:
            self._news.append(answer)
        assert answer["type"] == "success", answer
        return answer["result"]

    def go(self, address: str) -> None:
        self._ask("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def run(self, function: str, argument: Any) -> Any:
        answer = self._ask(
            "script.callFunction",
            functionDeclaration=f"async (text) => JSON.stringify([await ({function})(JSON.parse(text))])",
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])[0]

    def press(self, x: int, y: int) -> None:
        self._ask("input.performActions", context=self._context, actions=hand(x, y))

    def resize(self, width: int, height: int) -> None:
        self._ask("browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height})

    def complaints(self) -> list[str]:
        self._ask("session.status")  # what was said before has come by then
        entries = [news["params"] for news in self._news if news.get("method") == "log.entryAdded"]
        self._news.clear()
        return [entry["text"] for entry in entries if entry["level"] in LOUD]

    def close(self) -> None:
        self._ask("browser.close")
        self._runner.run(self._http.close())
        self._runner.close()


@contextlib.contextmanager
def firefox(environment: dict[str, str]) -> Iterator[Firefox]:
    """Run it in a profile of its own, without a window."""
    command = [program("firefox"), "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, subprocess.Popen(
        [*command, profile], env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        address = next((found[1] for line in process.stderr if (found := LISTENS.search(line))), None)
        rest = threading.Thread(target=process.stderr.read)  # a pipe that nobody reads stops who writes
        rest.start()
        try:
            assert address, "Firefox ended before it listened"
            with contextlib.closing(Firefox(address)) as browser:
                yield browser
        finally:
            process.terminate()
            rest.join()
