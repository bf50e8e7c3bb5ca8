"""The web surface: page, WebSockets, OSCQuery, /metrics and /healthz on one port of the live server.

Laws: no client delays the music or another client; where the port cannot be had the music plays on, one line says what
to change, and it is tried again. Libraries are loaded in a thread while the experts load: the first note does not wait.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines.control.command import Value
from engines.genre import Genre
from engines.units import TICKS_PER_BAR
from server.config import Config
from server.drivers.mdns import OSC, OSCQUERY, Service, called
from server.drivers.mdns import run as announce
from server.front import Front
from server.opening import version
from server.performance import Performance
from server.transport import Transport
from server.web.asked import Answer, Asked, Flow, Upgrade
from server.web.door import Door, bracketed
from server.web.hub import Hub
from server.web.lines import WarningLines
from server.web.oscquery import HostInfo, OscQuery, osc_ip
from server.web.outbox import Outbox
from server.web.pages import page_files
from server.web.pairing import ANYWHERE, address
from server.web.querytalk import QueryTalk
from server.web.reception import Reception, Reply
from server.web.refusals import Refusals
from server.web.session import Session, Talk
from server.web.tape import TapeError, headers, opened

if TYPE_CHECKING:
    from server.drivers.web import WebDriver

log = logging.getLogger("melody-engine")

NAME: Final = "melody-engine"
WEB: Final = "web"
CLOSE_S: Final = 3.0
MIDI: Final = "audio/midi"


class WebSurface:
    """Lives on the event loop; state: off, loading, open or waiting (for the port; tried again).

    alive: whether there is a player process. generation_ms: what the last bars took. recording: path, "" = none.
    """

    def __init__(
        self,
        config: Config,
        front: Front,
        performance: Performance,
        transport: Transport,
        genres: Mapping[str, Genre],
        *,
        alive: Callable[[], bool],
        generation_ms: Sequence[float],
        recording: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is open until `start`."""
        self.state = "off"
        self.dropped = 0
        self.door = Door(config.web)
        self.hub = Hub(front, transport, genres, version(), address=lambda: address(config))
        if config.web.enabled:
            performance.dispatch.followers.append(self.hub)
        self.refusals = Refusals(now)
        self._config, self._front, self._transport, self._now = config, front, transport, now
        about = HostInfo(NAME, config.osc.port, osc_ip(config.osc.host, config.web.host))
        self._query = OscQuery(front, lambda: front.names, about)
        self._alive, self._generation_ms, self._recording = alive, generation_ms, recording
        self._cutting, self._turned = asyncio.Lock(), asyncio.Event()
        self._lines: WarningLines | None = None
        self._reception: Reception | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._visitors = 0

    def start(self) -> None:
        """Begin to load and to listen; returns at once. No page where the configuration says so."""
        if self._config.web.announce:
            name = called(NAME, self._config.osc.port)
            self._begin(announce(name, self._services, self._turned), "multicast DNS")
        if not self._config.web.enabled:
            return
        self.state = "loading"
        self.hub.open()
        self._lines = WarningLines(self.hub.lines)
        log.addHandler(self._lines)
        self._begin(self._serve(), WEB)

    async def close(self) -> None:
        """Send everybody away and listen no more, within CLOSE_S; safe to call twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        self.hub.close()
        if self._lines is not None:
            log.removeHandler(self._lines)
        self.state = "off"

    def counts(self) -> dict[str, Value]:
        """Return the pairs for `/status`."""
        refused = self.refusals.counts.total()
        return {
            "web": self.state, "web_clients": self._visitors, "web_refused": refused, "web_dropped": self.dropped,
        }  # fmt: skip

    # For the driver ---------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        """Answer a request."""
        assert self._reception is not None
        return self._reception.answer(asked)

    @contextlib.asynccontextmanager
    async def cut(self, bars: int | None) -> AsyncIterator[Answer | Flow]:
        """Answer with the show, or its last bars, as long as this is open; one at a time is laid out."""
        if not self._recording:
            yield Answer(409, b"nothing is recorded: record.enabled is false in the configuration")
            return
        if self._cutting.locked():
            yield Answer(503, b"another recording is being cut; try again", headers={"Retry-After": "1"})
            return
        path = Path(self._recording)
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with self._cutting:
                    tape = await stack.enter_async_context(opened(path, bars))
            except TapeError as error:
                yield Answer(503, str(error).encode())
                return
            yield Flow(tape.label.size, tape.chunks, MIDI, headers(path, bars, tape.label))

    @contextlib.contextmanager
    def talk(self, upgrade: Upgrade, outbox: Outbox) -> Iterator[Talk]:
        """Speak with a client as long as this is open."""
        talk: Talk
        if upgrade.page:
            talk = Session(self._config.web, self.hub, self._front, outbox, self._now)
        else:
            talk = QueryTalk(self._query, outbox, paired=upgrade.paired)
        self._visitors += 1
        try:
            yield talk
        finally:
            self._visitors -= 1
            talk.close()

    def refuse(self, kind: str, remote: str, reason: str) -> None:
        """Count and tell somebody who was not let in, or sent away."""
        self.refusals.add(kind, remote, reason)

    def drop(self, remote: str, reason: str) -> None:
        """Count and tell a client that was cut off because it did not read."""
        self.dropped += 1
        self.refusals.add("dropped", remote, reason)

    def tell(self, state: str, detail: str) -> None:
        """Hear how listening goes."""
        if state == "open":
            host = self._config.web.host
            here = "localhost" if host in ANYWHERE else bracketed(host)
            log.info("see the band, steer it, hear it: open http://%s:%d", here, self._config.web.port)
        elif detail:
            log.warning("no page: %s", detail)
        self.state = state
        self._turned.set()

    # ------------------------------------------------------------------------------------------------------

    def _begin(self, coroutine: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _services(self) -> list[Service]:
        """Return what can be found: OSC, and the page while it is open; another's may have its port before."""
        web, osc = self._config.web, self._config.osc
        page = [Service(OSCQUERY, web.host, web.port)] if self.state == "open" else []
        return [*page, Service(OSC, osc.host, osc.port)]

    async def _serve(self) -> None:
        driver = await asyncio.to_thread(self._load)
        await driver.run()

    def _load(self) -> "WebDriver":
        """Load the libraries and the page's files; in a thread."""
        from server.drivers.web import WebDriver
        from server.web.metrics import Figures, registry, text
        from server.web.pairing import picture

        def status() -> dict[str, Value]:
            return dict(self._front.status())

        if self.door.is_open:
            picture(address(self._config))  # drawn before anybody waits for it
        figures = registry(Figures(status, lambda: self.hub.show.decided, self._generation_ms))
        self._reception = Reception(
            self.door,
            self._query,
            self.refusals,
            self._now,
            requests_per_s=self._config.web.requests_per_s,
            pages=page_files(),
            unwell=self.unwell,
            metrics=lambda: text(figures),
            picture=lambda: picture(address(self._config)),
        )
        return WebDriver(self._config.web, self)

    def unwell(self) -> str:
        """Return why the server does not play as it should, "" = it does."""
        if not self._alive():
            return "the player process is being started"
        cursor, tick = self.hub.show.cursor, self._transport.tick
        if self._front.playing and cursor is not None and tick > (cursor.bar + 1) * TICKS_PER_BAR:
            return f"bar {cursor.bar} is long due and has not been decided"
        return ""

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            if task.get_name() == WEB:  # the page does without being found
                self.state = "off"
                self._turned.set()
            what = f"{task.get_name()} broke"
            asyncio.get_running_loop().call_exception_handler({"message": what, "exception": error})
