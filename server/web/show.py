"""The show: what a page that comes late must know of the music, gathered from what the player is told."""

import math
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from engines.conductor import Cursor
from engines.units import TICKS_PER_BAR
from server.player.messages import Gate, GoOn, Panic, Start, Stop
from server.web.messages import KEPT_BARS, Bar, Tell

ALWAYS: Final = -math.inf


class Show:
    """Keeps the last KEPT_BARS bars and the planned one, and what the player was told that still holds.

    tick: which one sounds now. cursor: where the next bar to be decided stands, None = not known yet. decided: how
    many bars have been.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        """Begin with nothing decided."""
        self.cursor: Cursor | None = None
        self.decided = 0
        self._tick = tick
        self._bars: dict[int, Bar] = {}
        self._gates = Gates()
        self._panic: Panic | None = None
        self._stop: Stop | None = None

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars as they are to sound, in order."""
        return tuple(self._bars[number] for number in sorted(self._bars))

    @property
    def told(self) -> tuple[Tell, ...]:
        """Which voices are silent or will be, a panic whose end is ahead, the last stop that was not taken back."""
        now = self._tick()
        panics = [self._panic] if self._panic is not None and self._panic.resume > now else []
        stops = [self._stop] if self._stop is not None else []
        return (*self._gates.told(now), *panics, *stops)

    def tell(self, message: Tell) -> tuple[Bar, ...]:
        """Take what the player was told; return the bars that count again by it."""
        match message:
            case Start(tick, _, fresh):
                first = 0 if fresh else tick // TICKS_PER_BAR
                self._bars = {number: bar for number, bar in self._bars.items() if number < first}
                self._gates.settle()
                self._stop = self._panic = self.cursor = None
            case Stop(tick):
                self._stop = message
                if tick is None:
                    self._gates.settle()
            case GoOn():
                end, self._stop = self._stop, None
                return tuple(bar for bar in self.bars if end and end.tick is not None and bar.tick >= end.tick)
            case Gate():
                self._gates.add(message, self._tick())
            case Panic():
                self._panic = message
        return ()

    def write(self, bar: Bar, cursor: Cursor) -> None:
        """Take a bar that was decided; `cursor`: after it."""
        self.cursor = cursor
        old = self._bars.get(bar.bar)
        self.decided += old is None
        self._bars[bar.bar] = bar if old is None or bar.start == 0 else joined(old, bar)
        for number in [number for number in self._bars if number < bar.bar - KEPT_BARS]:
            del self._bars[number]


class Gates:
    """Per voice whether it is let through: as it is, and what is ahead (tick, open) in order."""

    def __init__(self) -> None:
        """Let all through."""
        self._known: dict[str, list[tuple[float, bool]]] = {}

    def add(self, gate: Gate, now: float) -> None:
        """Take a gate that was told when tick `now` sounded."""
        past, ahead = self._parted(gate.voice, now)
        due = ALWAYS if gate.tick is None else gate.tick
        if due <= now:
            past = []  # it is the word that counts, whatever came due before
        self._known[gate.voice] = sorted([*past, *ahead, (due, gate.open)], key=lambda known: known[0])

    def settle(self) -> None:
        """Have everything that is ahead take effect: the player's queue is emptied."""
        self._known = {voice: [(ALWAYS, known[-1][1])] for voice, known in self._known.items() if known}

    def told(self, now: float) -> tuple[Gate, ...]:
        """Return what a player that knows nothing must be told."""
        gates: list[Gate] = []
        for voice in self._known:
            past, ahead = self._parted(voice, now)
            gates += [Gate(voice, open=False) for _, is_open in past if not is_open]
            gates += [Gate(voice, is_open, int(tick)) for tick, is_open in ahead]
        return tuple(gates)

    def _parted(self, voice: str, now: float) -> tuple[list[tuple[float, bool]], list[tuple[float, bool]]]:
        """Return what holds (at most one) and what is ahead."""
        known = self._known.get(voice, [])
        return [entry for entry in known if entry[0] <= now][-1:], [entry for entry in known if entry[0] > now]


def joined(old: Bar, new: Bar) -> Bar:
    """Return a bar whose rest was written anew, as it sounds as a whole."""
    notes = {
        voice: (
            *(
                (onset, min(duration, new.start - onset) if voice in new.hush else duration, pitch, velocity)
                for onset, duration, pitch, velocity in old.notes.get(voice, ())
                if onset < new.start
            ),
            *written,
        )
        for voice, written in new.notes.items()
    }
    return replace(new, start=0, hush=(), notes=notes)
