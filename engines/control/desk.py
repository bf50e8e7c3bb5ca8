"""The desk: wishes with the moment they are due.

There is no queue: at most one wish stands per parameter, and the last one wins. `control` is what is in force;
`wish` is what will be once everything pending has come due, and what surfaces show.
"""

import msgspec

from engines.control.command import Command, Rejected
from engines.control.fold import FIELDS, apply, restore
from engines.control.past import Past, Pending, Restore, among
from engines.control.state import Control, steady
from engines.control.tree import When

MAX_SCENES = 256
HARMONY = ("chords", "chord", "chords/auto")


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
        self._outspoken: list[Pending] = []
        self._past = Past()

    @property
    def pending(self) -> tuple[Pending, ...]:
        """The wishes not yet in force, in order of arrival."""
        return tuple(self._pending)

    def receive(self, command: Command) -> Rejected | None:
        """Take a wish of kind value or desk; nothing is in force until `take`."""
        match command.path:
            case "undo":
                return self._undo(command.when)
            case "scene/save":
                return self._store(str(command.args[0]))
            case "scene":
                stored = msgspec.structs.replace(self.scenes[str(command.args[0])], overruled=True)
                scene = Restore(stored, FIELDS, command.when)
                self._add(scene, "scene", tuple(p for p in self._pending if not _tells_keys(p)))
            case _:
                self._add(command, command.path, tuple(p for p in self._pending if _voids(command, p)))
        return None

    def expect(self, wish: Restore) -> None:
        """Take a wish of another desk's undo or scene, which is no step of this one's past."""
        self._pending.append(wish)
        self._rewish()

    def take(self, when: When, tick: float) -> tuple[Pending, ...]:
        """Bring everything due at a boundary of this grain into force at `tick`; return what was taken."""
        if when >= When.bar:
            self._past.line(tick)
        due = tuple(p for p in self._pending if p.when <= when)
        if due:
            for pending in due:
                before, self.control = self.control, self._fold(self.control, pending, tick)
                self._past.came(pending, before, self.control)
            self._outspeak(due)
            self._pending = [p for p in self._pending if p.when > when]
            self._rewish()
        return due

    def preview(self, when: When, tick: float) -> Control:
        """Return the control as `take` would leave it, and take nothing."""
        control = self.control
        for pending in self._pending:
            if pending.when <= when:
                control = self._fold(control, pending, tick)
        return control

    def adopt(self, control: Control) -> None:
        """Put a control in force that the conductor (autopilot) changed."""
        self.control = control
        self._rewish()

    def _add(self, wish: Pending, path: str, void: tuple[Pending, ...]) -> None:
        self._pending = [*(p for p in self._pending if p not in void), wish]
        self.wish = self._fold(self.wish, wish, 0)
        if path != "held":
            self._past.add(wish, path, void)

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
            self.wish = self._fold(self.wish, pending, 0)

    def _fold(self, control: Control, pending: Pending, tick: float) -> Control:
        if isinstance(pending, Restore):
            after = restore(control, pending.control, pending.fields)
        else:
            after = apply(control, pending, tick)
        if among(pending, self._outspoken):
            after = msgspec.structs.replace(after, overruled=control.overruled)
        return after

    def _outspeak(self, due: tuple[Pending, ...]) -> None:
        """Remember the wishes that come into force later than a word for the harmony that was said after them.

        Law: keys and words for the harmony overrule each other in the order in which they were said.
        """
        spoken = [place for place, wish in enumerate(self._pending) if wish in due and _speaks(wish)]
        earlier = self._pending[: max(spoken, default=0)]
        self._outspoken = [w for w in self._pending if w not in due and (w in earlier or w in self._outspoken)]

    def _undo(self, when: When) -> Rejected | None:
        undone = self._past.undo(self.control, tuple(self._pending), when)
        if undone is None:
            return Rejected("/undo", "nothing to undo")
        self._pending = list(undone)
        self._rewish()
        return None


def _voids(command: Command, pending: Pending) -> bool:
    """Whether a later command makes a pending one void: the same parameter, or another word for the harmony."""
    if isinstance(pending, Restore):
        return False
    both = pending.path in HARMONY and command.path in HARMONY
    return (pending.path == command.path or both) and command.path != "again"


def _tells_keys(wish: Pending) -> bool:
    """Whether it tells which keys are down: that is no wish, which could become void."""
    return isinstance(wish, Command) and wish.path == "held"


def _speaks(wish: Pending) -> bool:
    """Whether a wish says what the harmony shall be: a scene does, and so do keys."""
    return isinstance(wish, Restore) or wish.path in (*HARMONY, "held")
