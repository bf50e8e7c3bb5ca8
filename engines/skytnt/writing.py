"""One bar drawn event by event: what is settled is read where it stands, between it the model proposes.

A voice is as dense as the model has it within the whole band: voices that shall play but are not written yet are
imagined beside it, heard and forgotten. A proposal of a voice that is written already says that time has passed: the
floor rises to where it stands.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from engines.neural.sampling import distribution, draw
from engines.skytnt.room import Mask, Place, Room
from engines.skytnt.score import UNITS_PER_BEAT, Moment, rows_of
from engines.skytnt.session import Floats, Model, Past, Writer
from engines.skytnt.setting import Setting
from engines.units import BEATS_PER_BAR


class Task(msgspec.Struct, frozen=True):
    """What a bar is drawn from.

    past: all before it. beat: of the last event read. bar: its first beat. settled: its openings and notes that are
    known, in order. lean: nats per track added to what the model thinks. temperature: of every draw. spend: told how
    many events are about to be read or proposed; may raise.
    """

    past: Past
    beat: int
    bar: int
    settled: Sequence[Moment]
    lean: Floats
    temperature: float
    spend: Callable[[int], None]


class Scribe:
    """Writes one bar: what it has read so far (past, beat of the last event), and what is left to be read."""

    def __init__(self, model: Model, task: Task, room: Room, setting: Setting, dice: np.random.Generator) -> None:
        """Begin where the task does; the room is the scribe's to narrow."""
        self._model, self._task, self._room, self._setting, self._dice = model, task, room, setting, dice
        self._past, self._beat, self._waiting = task.past, task.beat, list(task.settled)

    def write(self) -> list[Moment]:
        """Return the new notes of the bar in order; time as in the piece."""
        room, found = self._room, list[Moment]()
        for _ in range(self._setting.events * len(room.seats)):
            if not room.open():
                break
            passed = [moment for moment in self._waiting if self._place(moment) <= room.floor]
            self._waiting = self._waiting[len(passed) :]
            self._read(passed)
            proposed = self._propose()
            if proposed is None:
                break
            place = self._place(proposed)
            if self._waiting and self._place(self._waiting[0]) <= place:
                room.rise(self._place(self._waiting[0]))
            elif proposed.track in room.seats:
                room.put(place, proposed.values["pitch"])
                self._read([proposed])
                found += [proposed] if proposed.track in room.asked else []
            else:
                room.rise((place[0], place[1] + 1))
        return found

    def _place(self, moment: Moment) -> Place:
        return moment.time - self._task.bar * UNITS_PER_BEAT, moment.track

    def _read(self, moments: Sequence[Moment]) -> None:
        rows, self._beat = rows_of(moments, self._model.tokens, self._beat)
        self._task.spend(len(rows))
        self._past = self._model.read(rows, self._past)

    def _propose(self) -> Moment | None:
        """Return the next note that the model plays under the room's masks, None where it plays on after the bar.

        Of a voice that is written already it is drawn no further than its track.
        """
        task, tokens, room = self._task, self._room.tokens, self._room
        writer, chosen = self._model.writer(self._past), dict[str, int]()
        task.spend(1)
        writer.feed(tokens.kinds["note"])
        for name in tokens.layouts["note"]:
            chosen[name] = self._draw(writer, name, room.allowed(name, chosen, self._beat - task.bar))
            writer.feed(tokens.first[name] + chosen[name])
            if name == "time1" and self._beat + chosen[name] >= task.bar + BEATS_PER_BAR:
                return None
            if name == "track" and chosen[name] not in room.seats:
                break
        time = (self._beat + chosen.pop("time1")) * UNITS_PER_BEAT + chosen.pop("time2")
        return Moment(time, chosen.pop("track"), "note", chosen)

    def _draw(self, writer: Writer, name: str, allowed: Mask) -> int:
        """Return a value of a parameter; where there is no choice, the model is not asked."""
        if allowed.sum() == 1:
            return int(allowed.argmax())
        first, setting = self._room.tokens.first[name], self._setting
        chances = distribution(
            writer.logits()[None, first : first + len(allowed)],
            allowed=allowed[None],
            bias=self._task.lean if name == "track" else None,
            temperature=self._task.temperature,
            k=setting.top_k,
            p=setting.top_p,
        )
        return int(draw(chances, self._dice)[0])
