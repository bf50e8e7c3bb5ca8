"""The front of the stage: commands in, events out. Every surface talks to this and to nothing else."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from engines.control.command import Command, Lexicon, Rejected, Value, parse
from engines.control.desk import Desk
from engines.control.fold import read, state
from engines.control.state import Control
from engines.control.tree import STATE_PATHS, When
from engines.theory.chord import Chord
from engines.theory.pitch import TheoryError
from server.stage import Event

log = logging.getLogger("melody-engine")

MAX_SCHEDULED = 4096
"""Commands that wait for their time tag; more are refused, so that memory stays bounded."""
# What one command changes beside its own path.
ALONGSIDE = {
    "section": ("autopilot",),
    "tension": ("autopilot",),
    "chords": ("chord", "chords/auto"),
    "chord": ("chords", "chords/auto"),
    "chords/auto": ("chord", "chords"),
    "held": ("chord",),
}


class Front:
    """Implements `stage.Stage` on a desk; the performance hangs itself in through the callbacks.

    lexicon: the names valid now. on_command: a wish of kind value or desk has been received. on_transport:
    play, stop, continue or panic. on_scenes: a scene was stored. report: the pairs of `/status`.
    """

    def __init__(self, desk: Desk, lexicon: Callable[[], Lexicon]) -> None:
        """Stand in front of `desk`."""
        self.desk = desk
        self._lexicon = lexicon
        self._listeners: list[Callable[[Event], None]] = []
        self._scheduled = 0
        self._keys: tuple[int, ...] = ()
        self._shown: dict[str, tuple[Value, ...]] = state(desk.wish, playing=False)
        self.playing = False
        self.counts: Counter[str] = Counter()
        self.on_command: Callable[[Command], None] = lambda _: None
        self.on_transport: Callable[[Command], None] = lambda _: None
        self.on_scenes: Callable[[dict[str, Control]], None] = lambda _: None
        self.report: Callable[[], tuple[tuple[str, Value], ...]] = tuple

    def receive(
        self, address: str, args: Sequence[object], *, at: float | None = None, sweep: bool = False
    ) -> Rejected | None:
        """Take a command as it came (see `stage.Stage`)."""
        command = parse(address, args, self._lexicon())
        if isinstance(command, Rejected):
            return self.reject(command)
        if command is None:
            return None
        if sweep:
            command = replace(command, sweep=True)
        delay = 0.0 if at is None else at - asyncio.get_running_loop().time()
        if delay <= 0:
            return self._carry_out(command)
        if self._scheduled >= MAX_SCHEDULED:
            return self.reject(Rejected(address, "too many commands wait for their time tag"))
        self._schedule(command, delay)
        return None

    @property
    def names(self) -> Lexicon:
        """The names that are valid now."""
        return self._lexicon()

    def check(self, address: str, args: Sequence[object]) -> Rejected | None:
        """Look at a command without taking it: return why it would be rejected, or None."""
        looked_at = parse(address, args, self._lexicon())
        return looked_at if isinstance(looked_at, Rejected) else None

    def count_refusal(self) -> None:
        """Count a message that a surface refused by itself."""
        self.counts["rejected"] += 1

    def hold_chord(self, pitches: Sequence[int]) -> None:
        """Tell which keys are held now: a key pressed counts as `/chord`; one let go says nothing new."""
        key = self.desk.wish.key
        try:
            chord = Chord.from_pitches(pitches, key) if pitches else None
        except TheoryError as error:
            self.reject(Rejected("held notes", str(error)))
            return
        overruled = self.desk.wish.overruled and set(pitches) <= set(self._keys)
        self._keys = tuple(pitches)
        self._carry_out(Command("held", (chord, int(overruled)) if chord is not None else (), When.bar))

    def state(self) -> dict[str, tuple[Value, ...]]:
        """Return every state path with its values."""
        return state(self.desk.wish, playing=self.playing)

    def status(self) -> tuple[tuple[str, Value], ...]:
        """Return the pairs of `/status`."""
        return self.report()

    def listen(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with every event from now on; returns the function that ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def announce(self, address: str, *args: Value) -> None:
        """Tell every listener."""
        event = Event(address, args)
        for listener in tuple(self._listeners):
            listener(event)

    def reject(self, rejected: Rejected) -> Rejected:
        """Count and tell a rejection; returns it for the sender."""
        self.count_refusal()
        self.announce("/rejected", rejected.address, rejected.reason)
        return rejected

    def show(self, paths: Sequence[str] = STATE_PATHS) -> None:
        """Tell what has changed among these state paths."""
        for path in paths:
            values = read(self.desk.wish, path, playing=self.playing)
            if values != self._shown[path]:
                self._shown[path] = values
                self.announce(f"/state/{path}", *values)

    def _carry_out(self, command: Command) -> Rejected | None:
        if command.path in ("play", "stop", "continue", "panic"):
            self.on_transport(command)
            return None
        rejected = self.desk.receive(command)
        if rejected is not None:
            return self.reject(rejected)
        if command.path == "scene/save":
            self.on_scenes(self.desk.scenes)
            return None
        self.on_command(command)
        if command.path in ("undo", "scene"):
            self.show()
        elif command.path != "again":
            own = () if command.path == "held" else (command.path,)
            self.show((*own, *ALONGSIDE.get(command.path, ())))
        return None

    def _schedule(self, command: Command, delay: float) -> None:
        def due() -> None:
            self._scheduled -= 1
            self._carry_out(command)

        self._scheduled += 1
        asyncio.get_running_loop().call_later(delay, due)
