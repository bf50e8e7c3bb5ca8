"""The desk: wishes with the moment they are due.

There is no queue: at most one wish stands per parameter, and the last one wins. `control` is what is in force;
`wish` is what will be once everything pending has come due, and what surfaces show.
"""

from collections import deque

import msgspec

from engines.control.command import Command, Rejected
from engines.control.fold import apply
from engines.control.state import Control, steady
from engines.control.tree import When

UNDO_DEPTH = 256
MAX_SCENES = 256


class Restore(msgspec.Struct, frozen=True):
    """A whole control to come back to (undo, scene)."""

    control: Control
    when: When


Pending = Command | Restore


class _Before(msgspec.Struct, frozen=True):
    """How things stood before a command: for undo."""

    wish: Control
    pending: tuple[Pending, ...]
    serial: int


class Desk:
    """Holds the control in force, the pending wishes in order, the scenes and the steps that can be undone.

    control: in force. wish: the control once everything pending has come due. scenes: stored controls by name.
    """

    def __init__(self, control: Control, scenes: dict[str, Control] | None = None) -> None:
        """Start with `control` in force."""
        self.control = control
        self.wish = control
        self.scenes = dict(scenes or {})
        self._pending: list[Pending] = []
        self._past: deque[_Before] = deque(maxlen=UNDO_DEPTH)
        self._taken = 0

    @property
    def pending(self) -> tuple[Pending, ...]:
        """The wishes not yet in force, in order of arrival."""
        return tuple(self._pending)

    def receive(self, command: Command) -> Rejected | None:
        """Take a wish of kind value or desk; nothing is in force until `take`."""
        if command.path == "undo":
            return self._undo(command.when)
        if command.path == "scene/save":
            return self._store(str(command.args[0]))
        before = _Before(self.wish, tuple(self._pending), self._taken)
        if command.path == "scene":
            self._pending = [Restore(self.scenes[str(command.args[0])], command.when)]
        else:
            self._pending = [p for p in self._pending if not _same(p, command)]
            self._pending.append(command)
        self.wish = _fold(self.wish, self._pending[-1], 0)
        if command.path != "held":
            self._past.append(before)
        return None

    def take(self, when: When, tick: float) -> tuple[Pending, ...]:
        """Bring everything due at a boundary of this grain into force at `tick`; return what was taken."""
        due = tuple(p for p in self._pending if p.when <= when)
        if due:
            self._taken += 1
            self._pending = [p for p in self._pending if p.when > when]
            for pending in due:
                self.control = _fold(self.control, pending, tick)
            self._rewish()
        return due

    def preview(self, when: When, tick: float) -> Control:
        """Return the control as `take` would leave it, and take nothing."""
        control = self.control
        for pending in self._pending:
            if pending.when <= when:
                control = _fold(control, pending, tick)
        return control

    def adopt(self, control: Control) -> None:
        """Put a control in force that the conductor (autopilot) changed."""
        self.control = control
        self._rewish()

    def _store(self, name: str) -> Rejected | None:
        if name not in self.scenes and len(self.scenes) >= MAX_SCENES:
            return Rejected("/scene/save", f"there are {MAX_SCENES} scenes; save over one of them")
        wish = self.wish
        still = {"tension": steady(wish.tension.end), "tempo": steady(wish.tempo.end)}
        self.scenes[name] = msgspec.structs.replace(wish, **still)  # ramps belong to the ticks of this performance
        return None

    def _rewish(self) -> None:
        self.wish = self.control
        for pending in self._pending:
            self.wish = _fold(self.wish, pending, 0)

    def _undo(self, when: When) -> Rejected | None:
        if not self._past:
            return Rejected("/undo", "nothing to undo")
        before = self._past.pop()
        if before.serial == self._taken:
            self._pending = list(before.pending)  # the last command has not come into force: forget it
        else:
            self._pending = [Restore(before.wish, when)]
        self._rewish()
        return None


def _same(pending: Pending, command: Command) -> bool:
    """Whether a later command makes a pending one void: the same parameter, or another word for the harmony."""
    harmony = ("chords", "chord", "chords/auto")
    if isinstance(pending, Restore):
        return False
    both = pending.path in harmony and command.path in harmony
    return (pending.path == command.path or both) and command.path != "again"


def _fold(control: Control, pending: Pending, tick: float) -> Control:
    if isinstance(pending, Restore):
        # the keys that are held now are no matter of the past; a harmony that comes back begins anew
        return msgspec.structs.replace(
            pending.control,
            held=control.held,
            again=control.again,
            harmony_serial=control.harmony_serial + (pending.control.harmony != control.harmony),
        )
    return apply(control, pending, tick)
