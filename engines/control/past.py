"""The past of the desk: the steps that `/undo` takes back, one after the other.

All moves of one controller (`Command.sweep`) within one bar are one step, as long as nothing but controllers
moves in it. While the music is stopped, its bar stands still.
"""

from collections.abc import Container, Sequence

import msgspec
from msgspec.structs import replace

from engines.control.command import Command
from engines.control.fold import changes, get, put
from engines.control.state import Control
from engines.control.tree import When

UNDO_DEPTH = 256


class Restore(msgspec.Struct, frozen=True, tag=True):
    """Wishes to come back to (undo, scene): these fields (see `fold.FIELDS`) of `control`."""

    control: Control
    fields: tuple[str, ...]
    when: When


Pending = Command | Restore


class _Step(msgspec.Struct, eq=False):
    """What one gesture asked for. wishes: its own, still pending; void: pending ones that they replaced."""

    wishes: list[Pending]
    void: list[Pending]


class _Change(msgspec.Struct, eq=False):
    """A step changed a field, which was `old` before."""

    step: _Step
    field: str
    old: object


class Past:
    """Remembers UNDO_DEPTH steps."""

    def __init__(self) -> None:
        """Begin without a past."""
        self._steps: list[_Step] = []
        self._changes: list[_Change] = []  # in the order in which they came into force, which need not be the steps'
        self._sweeps: dict[str, _Step] = {}
        self._line = 0.0

    def line(self, tick: float) -> None:
        """Hear that the desk is read at the bar line at `tick`: at another one than before, controllers begin anew."""
        if tick != self._line:
            self._sweeps.clear()
        self._line = tick

    def add(self, wish: Pending, path: str, void: tuple[Pending, ...]) -> None:
        """Remember a wish that was received; `void`: the pending ones that it replaces."""
        step = self._moving(path, sweep=isinstance(wish, Command) and wish.sweep)
        step.void += [other for other in void if not among(other, step.wishes)]
        step.wishes = [*(own for own in step.wishes if not among(own, void)), wish]
        self._steps.append(step)
        if len(self._steps) > UNDO_DEPTH:
            gone = self._steps.pop(0)
            self._changes = [change for change in self._changes if change.step is not gone]

    def _moving(self, path: str, *, sweep: bool) -> _Step:
        """Take out the step that a command of this address goes on with, or make one."""
        if not sweep:
            self._sweeps.clear()
            return _Step([], [])
        if path in self._sweeps:
            self._steps.remove(self._sweeps[path])
        return self._sweeps.setdefault(path, _Step([], []))

    def came(self, wish: Pending, before: Control, after: Control) -> None:
        """Remember that a wish came into force and made the control `after` of the control `before`."""
        step = self._step_of(wish)
        if step is None:
            return
        step.wishes = [own for own in step.wishes if own is not wish]
        for field in changes(before, after):
            last = next((change for change in reversed(self._changes) if change.field == field), None)
            if last is None or last.step is not step:
                self._changes.append(_Change(step, field, get(before, field)))

    def undo(self, control: Control, pending: tuple[Pending, ...], when: When) -> tuple[Pending, ...] | None:
        """Forget the last step: return what is pending without it, or None without a past. `control`: in force.

        Law: what it changed goes back, due at `when`; what it made void is wished again; all else stays as it is.
        """
        if not self._steps:
            return None
        self._sweeps.clear()
        step = self._steps.pop()
        values = self._forget(step)
        left = [self._beside(p, values) for p in pending if not among(p, step.wishes)]
        back = [Restore(put(control, values), tuple(values), when)] if values else []
        return (*back, *step.void, *left)

    def _forget(self, step: _Step) -> dict[str, object]:
        """Take a step's changes out of the past; return the fields that nothing else changed since, as they were."""
        values: dict[str, object] = {}
        kept: list[_Change] = []
        for change in self._changes:
            if change.step is step:
                values.setdefault(change.field, change.old)
            else:
                change.old = values.pop(change.field, change.old)
                kept.append(change)
        self._changes = kept
        return values

    def _beside(self, pending: Pending, fields: Container[str]) -> Pending:
        """Return what an earlier undo still has to bring back when a later one brings back `fields`."""
        if not isinstance(pending, Restore) or self._step_of(pending) is not None:
            return pending
        return replace(pending, fields=tuple(field for field in pending.fields if field not in fields))

    def _step_of(self, wish: Pending) -> _Step | None:
        return next((step for step in reversed(self._steps) if among(wish, step.wishes)), None)


def among(wish: Pending, wishes: Sequence[Pending]) -> bool:
    """Whether it is one of these wishes: an equal one, said at another time, is another one."""
    return any(wish is other for other in wishes)
