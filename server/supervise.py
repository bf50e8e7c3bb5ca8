"""PlayerProcess: main's side of the player: starts it, feeds it, hears it, replaces it when it falls silent."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

import msgspec

from server.child import Child
from server.cradle import CANNOT_START, Cradle
from server.held import Held
from server.loud import loud
from server.parts import WHOLE, Parts
from server.pipe import Pipe
from server.player.config import Boot, MidiConfig
from server.player.messages import Beat, Connections, FromPlayer, Pulse, Quit, Sounded, Start, ToPlayer
from server.player.process import main as player_main
from server.vitals import look, stuck

log = logging.getLogger("melody-engine")

CHECK_S: Final = 0.05  # these are laws of the protocol between main and player, tested as a whole: not to be turned
SILENT_CHECKS: Final = 5  # 250 ms of our own waking time without a word, and stopped or in an endless loop
PATIENT_CHECKS: Final = 20  # 1 s, where it may only have got no processor: killing it would make that worse
BIRTH_CHECKS: Final = 200  # a new process may need 10 s on a loaded machine before its first pulse
BEAT_CHECKS: Final = 2  # 100 ms: a player holds main for gone after 1 s without a beat
SPARE_CHECKS: Final = 40  # 2 s after a birth, when the rest of the server has started
QUIT_S: Final = 1.0  # releases take 10 ms, the last words of a recording a disk's time
BACKOFF_S: Final = 0.5  # a player that fails at once must not take the processor from the rest


class PlayerProcess:
    """The player, whichever process it is; all methods belong to the event loop.

    Silence is counted in checks that ran on time, so that a main that was itself stopped blames nobody.
    """

    def __init__(
        self,
        midi: MidiConfig,
        record: str | None = None,
        again: bool = False,
        connections: tuple[tuple[str, str], ...] = (),
        parts: Parts = WHOLE,
    ) -> None:
        """Remember what every new player is told; again, connections: the first one takes up where another ended."""
        self.restarts = 0
        self._midi, self._record, self._parts = midi, record, parts
        self._listeners: list[Callable[[FromPlayer], None]] = []
        self._restarted: list[Callable[[], None]] = []
        self._again, self._connections = again, connections
        self._held = Held()
        self._cradle = Cradle(player_main)
        self._process: Child | None = None
        self._pipe: Pipe[ToPlayer, FromPlayer] | None = None
        self._heard = asyncio.Event()
        self._dead = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the present player."""
        return self._process.pid if self._process else None

    def on_message(self, listener: Callable[[FromPlayer], None]) -> None:
        """Call `listener` in the event loop with every message of the player."""
        self._listeners.append(listener)

    def on_restart(self, listener: Callable[[], None]) -> None:
        """Call `listener` when a new player has spoken for the first time: send it start, gates and bars again."""
        self._restarted.append(listener)

    async def start(self) -> None:
        """Start the first player and return when it speaks; raises OSError where none can be started."""
        await self._birth(Boot(self._midi, self._record, self._again, self._connections, parts=self._parts))
        self._task = loud(asyncio.create_task(self._attend(), name="player"))
        await self._heard.wait()

    def send(self, message: ToPlayer) -> bool:
        """Send without blocking; False when there is no player, or it does not read."""
        if isinstance(message, Start):
            self._held = Held()
        return self._pipe is not None and self._pipe.send(message)

    async def close(self) -> None:
        """Let the player release everything and quit; kill it after QUIT_S."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.send(Quit())
        if self._process is not None:
            await asyncio.to_thread(self._process.join, QUIT_S)
        await self._death()
        await self._cradle.close()

    async def _attend(self) -> None:
        while True:
            spoke = await self._watch()
            await self._report_death()
            await self._death()
            if not spoke:  # it may fail again and again
                await asyncio.sleep(BACKOFF_S)
            self.restarts += 1
            await self._rebirth()

    async def _rebirth(self) -> None:
        """Start another player, as often as it takes: the system may have no memory or process left just now."""
        while True:
            try:
                await self._birth(
                    Boot(self._midi, self._record, True, self._connections, self._held.notes(), self._parts)
                )
            except CANNOT_START as error:
                log.warning("the player cannot start (%s); trying again", error)
                await self._death()
                await asyncio.sleep(BACKOFF_S)
            else:
                return

    def _boot(self, held: tuple[tuple[str, int], ...]) -> Boot:
        return Boot(self._midi, self._record, True, self._connections, held, self._parts)

    async def _watch(self) -> bool:
        """Beat, and return when the player is dead or silent: whether it has ever spoken."""
        spoken, silent, checks, alive = False, 0, 0, None
        while not self._dead.is_set():
            checks += 1
            if checks % BEAT_CHECKS == 0:
                self.send(Beat(time.monotonic()))
            asleep = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dead.wait(), CHECK_S)
            if self._heard.is_set():
                self._heard.clear()
                silent, alive = 0, look(self.pid or 0)
                if not spoken and self.restarts:
                    self._tell_restart()
                spoken = True
            elif self._pipe is not None and self._pipe.unread:
                silent = 0  # it spoke: on a busy machine it is we who do not hear
            elif time.monotonic() - asleep < 2 * CHECK_S:
                silent += 1
            if checks == SPARE_CHECKS:
                self._cradle.warm()
            if silent >= (PATIENT_CHECKS if spoken else BIRTH_CHECKS):
                break
            if spoken and silent >= SILENT_CHECKS and stuck(alive, look(self.pid or 0), silent * CHECK_S):
                break
        return spoken

    def _tell_restart(self) -> None:
        for listener in self._restarted:
            listener()

    async def _birth(self, boot: Boot) -> None:
        self._heard.clear()
        self._dead.clear()
        loop, life = asyncio.get_running_loop(), object()
        self._life = life
        self._process, connection = await self._cradle.take()
        with contextlib.suppress(OSError):  # died already: its pipe tells
            await asyncio.to_thread(connection.send_bytes, msgspec.msgpack.encode(boot))

        def receive(message: FromPlayer) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._receive, life, message)

        def closed() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._closed, life)

        self._pipe = Pipe(connection, FromPlayer, receive, closed)

    async def _report_death(self) -> None:
        assert self._process is not None
        if self._dead.is_set():  # its pipe is closed: it has ended, or is about to
            await asyncio.to_thread(self._process.join, QUIT_S)
        status = self._process.status
        log.warning("the player %s", "fell silent: killed" if status is None else f"ended with status {status}")

    async def _death(self) -> None:
        pipe, process, self._pipe, self._process = self._pipe, self._process, None, None
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.join)
        if pipe is not None:
            pipe.close()

    def _receive(self, life: object, message: FromPlayer) -> None:
        if life is not self._life:
            return  # last words of a player already replaced
        match message:
            case Sounded():
                self._held.add(message)
            case Connections(pairs):
                self._connections = pairs
            case Pulse():
                self._heard.set()
            case _:
                pass
        for listener in self._listeners:
            listener(message)

    def _closed(self, life: object) -> None:
        if life is self._life:
            self._dead.set()
