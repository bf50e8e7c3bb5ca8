"""The hub: tells all pages what happens, each at its own pace.

Laws: what follows the music returns at once and does its work on the loop's next turn; no client is waited for; however
fast things change, a page is told STATES_PER_S states and TELLS_PER_S bundles of what the player is told.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from engines.control.command import Value
from engines.control.tree import PARAMETERS
from engines.genre import Genre
from engines.units import VOICES
from server.band import Played
from server.front import Front
from server.player.messages import Gate, Start, Stop
from server.stage import Event
from server.transport import Transport
from server.web import view
from server.web.lines import Lines
from server.web.messages import Bar, Hello, Names, Tell, Wish, frame, told
from server.web.outbox import Outbox
from server.web.pace import Pace
from server.web.show import Show

STATES_PER_S: Final = 30
TELLS_PER_S: Final = 100
"""A gate or a tempo ramp is told at once; a flood of them is folded together."""
STATUS_S: Final = 0.5
STATE: Final = "/state/"


class Hub:
    """Follows the music and the stage for all pages; lives on the event loop."""

    def __init__(
        self,
        front: Front,
        transport: Transport,
        genres: Mapping[str, Genre],
        version: str,
        *,
        address: Callable[[], str],
    ) -> None:
        """Hear nothing yet; `address`: with which another machine pairs now."""
        self.show = Show(lambda: transport.tick)
        self.lines = Lines(lambda line: self._post(frame("log", line)))
        self._front, self._transport, self._genres = front, transport, genres
        self._version, self._address = version, address
        self._outboxes: set[Outbox] = set()
        self._changed: dict[str, tuple[Value, ...]] = {}
        self._tells: dict[object, Tell] = {}
        self._again: tuple[Bar, ...] = ()
        self._names: Names | None = None
        self._pending: tuple[Wish, ...] = ()
        self._chords = str(front.state()["chords"][0])
        self._state_pace = Pace(1 / STATES_PER_S, self._tell_state)
        self._tell_pace = Pace(1 / TELLS_PER_S, self._tell_tells)
        self._status_pace = Pace(STATUS_S, self._tell_status)
        self._unlisten: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        """How many are told."""
        return len(self._outboxes)

    def open(self) -> None:
        """Listen to the stage."""
        self._unlisten = self._front.listen(self._heard)

    def close(self) -> None:
        """Listen no more; safe to call twice."""
        self._unlisten()
        self._unlisten = lambda: None
        for pace in (self._state_pace, self._tell_pace, self._status_pace):
            pace.cancel()

    # Who is told ------------------------------------------------------------------------------------------

    def enter(self, outbox: Outbox) -> None:
        """Greet a page, and tell it everything from now on."""
        self._tell_pace.now()  # what is part of the greeting must not be news for the others only,
        self._state_pace.now()  # and what waits for those who have left is no news for this one
        hello = self.hello()
        self._pending, self._names = hello.pending, hello.names
        outbox.put(frame("hello", hello))
        self._outboxes.add(outbox)
        self._status_pace.soon()

    def leave(self, outbox: Outbox) -> None:
        """Tell it nothing more."""
        self._outboxes.discard(outbox)

    def hello(self) -> Hello:
        """Return all that a page needs to begin."""
        front = self._front
        return Hello(
            version=self._version,
            address=self._address(),
            voices=VOICES,
            tree=[told(parameter) for parameter in PARAMETERS if parameter.kind != "query"],
            names=view.names(front.names, front.desk.wish.key),
            state=front.state(),
            pending=self._wishes(),
            playing=front.playing,
            timeline=self._transport.timeline,
            bars=self.show.bars,
            told=self.show.told,
            status=dict(front.status()),
            log=self.lines.kept,
            loop=self._chords,
        )

    def look(self) -> None:
        """See soon whether other wishes are pending now."""
        if self._outboxes:
            self._state_pace.soon()

    # What happens -----------------------------------------------------------------------------------------

    def told(self, message: Tell) -> None:
        """Hear what the player is told (see `dispatch.Follower`)."""
        asyncio.get_running_loop().call_soon(self._told, message)

    def decided(self, played: Played, upcoming: str | None, start: int, hush: tuple[str, ...]) -> None:
        """Hear of a bar (see `dispatch.Follower`)."""
        bpm = self._transport.bpm
        asyncio.get_running_loop().call_soon(self._decided, played, upcoming, start, hush, bpm)

    def _told(self, message: Tell) -> None:
        again = self.show.tell(message)
        if not self._outboxes:
            return
        if isinstance(message, Start):  # what was told before concerns another music
            self._tells = {key: tell for key, tell in self._tells.items() if isinstance(tell, Gate)}
        key = _key(message)
        self._tells.pop(key, None)
        self._tells[key] = message
        self._again = () if isinstance(message, Start | Stop) else again or self._again
        self._tell_pace.soon()

    def _decided(self, played: Played, upcoming: str | None, start: int, hush: tuple[str, ...], bpm: float) -> None:
        bar = view.bar(played, upcoming, start, hush, bpm)
        self.show.write(bar, played.composed.score.cursor)
        self.lines.players(bar)
        if self._tells:
            self._tell_pace.now()  # it was said before
        if self._outboxes:
            self._post(frame("bar", bar))
        self.look()

    def _heard(self, event: Event) -> None:
        kind, _, path = event.address[1:].partition("/")
        if event.address == f"{STATE}chords" and event.args[0]:
            self._chords = str(event.args[0])  # what another chord or Auto gives way to, also on a page that comes late
        match kind:
            case "state" if self._outboxes:
                self._changed[path] = event.args
                self._state_pace.soon()
            case "bar":
                self.lines.bar = int(event.args[0])
            case "beat":
                self._post_latest("beat", {"bar": self.lines.bar, "beat": event.args[0]})
            case "late":
                self.lines.add("late", f"{event.args[0]}: {_counted(event.args[1])} late so far")
            case "rejected":
                self.lines.add("rejected", f"{event.args[0]}: {event.args[1]}")

    # What is told -----------------------------------------------------------------------------------------

    def _tell_state(self) -> None:
        changed, self._changed = self._changed, {}
        if changed:
            for outbox in self._outboxes:
                outbox.put_state(changed)
        pending = self._wishes()
        if pending != self._pending:
            self._pending = pending
            self._post_latest("pending", pending)
        if changed.keys() & {"genre", "key"}:
            self._tell_names()

    def _tell_tells(self) -> None:
        tells, self._tells = self._tells, {}
        again, self._again = self._again, ()
        for message in tells.values():
            self._post(frame("tell", message))
        for bar in again:
            self._post(frame("bar", bar))

    def _tell_status(self) -> None:
        if self._outboxes:
            self._post_latest("status", dict(self._front.status()))
            self._tell_names()
            self._state_pace.soon()
            self._status_pace.soon()

    def _tell_names(self) -> None:
        names = view.names(self._front.names, self._front.desk.wish.key)
        if names != self._names:
            self._names = names
            self._post_latest("names", names)

    def _wishes(self) -> tuple[Wish, ...]:
        desk = self._front.desk
        genre = self._genres[desk.control.genre]
        return view.wishes(desk.pending, desk.control, self.show.cursor, genre, self._transport.tick)

    def _post(self, data: bytes) -> None:
        for outbox in tuple(self._outboxes):
            outbox.put(data)

    def _post_latest(self, kind: str, content: object) -> None:
        if self._outboxes:
            data = frame(kind, content)
            for outbox in self._outboxes:
                outbox.put_latest(kind, data)


def _counted(notes: Value) -> str:
    return "1 note" if notes == 1 else f"{notes} notes"


def _key(message: Tell) -> object:
    """Return what later words of the same key make void."""
    match message:
        case Gate(voice, _, tick):
            return "gate", voice, tick
        case Start() | Stop():
            return type(message)
    return (type(message), getattr(message, "tick", None))
