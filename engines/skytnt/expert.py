"""SkyTNT's midi-model as an expert: hears the band's last bars as one file and goes on with the asked voices."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec.structs import replace

from engines.expert import ExpertError, Heard, Request, check_bars
from engines.genre import Genre
from engines.neural.memory import Memory, State, anchored
from engines.neural.session import Floats
from engines.note import EMPTY_BAR, Bar, Note
from engines.plan import Plan
from engines.skytnt.room import Room
from engines.skytnt.score import (
    TICKS_PER_UNIT,
    UNITS_PER_BAR,
    UNITS_PER_BEAT,
    Moment,
    Standing,
    moments_of,
    opening,
    rows_of,
)
from engines.skytnt.session import Model, Past
from engines.skytnt.setting import TRACKS, Setting
from engines.skytnt.tokens import FIRST_ROW, Row
from engines.skytnt.writing import Scribe, Task
from engines.understudy.stage import Stage, genre_of, rest, weave
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, VOICES

NAME: Final = "skytnt"
KEPT: Final = 4  # pasts remembered: some 100 kB an event of the published model
RINGS: Final = frozenset({"lead", "drums"})  # voices whose notes may ring into a chord that they do not belong to


class SkyTNT:
    """Writes any voices, alone or together; stateless but for a memory of pasts already read, which changes no note."""

    voices = VOICES

    def __init__(self, model: Model, setting: Setting, genres: Mapping[str, Genre], name: str, version: str) -> None:
        """Take a proven model, the seats, the genres (at least one: ranges, kit, levels); name and version to show."""
        self.name, self.version, self.setting = name, version, setting
        self._model, self._genres, self._memory = model, dict(genres), Memory(KEPT)
        self._begun = model.read([FIRST_ROW], model.nothing())

    def write(self, request: Request) -> dict[str, Bar]:
        """Write the asked voices of a bar; the same request gives the same bars; raises ExpertError.

        One draft: a request's `candidates` are not weighed, since each would cost as many seconds as the first.
        """
        if not request.voices or set(request.voices) - set(VOICES):
            raise ExpertError(f"{self.name} writes {', '.join(VOICES)}, not {', '.join(request.voices) or 'nothing'}")
        try:
            return check_bars(request, self._write(request))
        except ExpertError:
            raise
        except Exception as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _write(self, request: Request) -> dict[str, Bar]:
        genre = genre_of(self._genres, request.plan.genre)
        here = _playing(request.plan, request.written) | set(request.voices)
        stages: dict[str, Stage] = {voice: Stage.of(request, voice, genre) for voice in VOICES if voice in here}
        room = Room(stages, self.setting, self._model.tokens)
        meter = Meter(request.budget_ms, self.setting.event_ms)
        dice = np.random.default_rng((request.seed, 1))
        task = self._task(request, stages, len(room.seats), meter)
        moments = Scribe(self._model, task, room, self.setting, dice).write()
        found = {}
        for voice in request.voices:
            own = [replace(each, time=each.time - task.bar * UNITS_PER_BEAT) for each in moments]
            notes = self._notes(stages[voice], [each for each in own if each.track == TRACKS[voice]])
            found[voice] = weave(request, voice, rest(stages[voice], notes))
        return found

    def _task(self, request: Request, stages: Mapping[str, Stage], seats: int, meter: "Meter") -> Task:
        """Return what the bar is drawn from: the bars heard, as many as there is context for, read or remembered."""
        heard = anchored(request.history, request.plan)
        room = self.setting.context - self.setting.events * seats
        while True:
            bars, said, beat = self._heard(heard)
            time = len(heard) * UNITS_PER_BAR
            settled = self._settled(request, frozenset(stages), said, time)
            rows = 1 + len(settled) + sum(map(len, bars))
            if rows <= room:
                break
            if not heard:
                raise ExpertError(f"{self.name}: {len(settled)} events of this bar are known, {room} fit the context")
            heard = heard[1:]
        return Task(
            past=self._past(bars, meter),
            beat=beat,
            bar=time // UNITS_PER_BEAT,
            settled=settled,
            lean=self._lean(request, stages),
            temperature=self.setting.temperature * (1 + self.setting.heat * (request.plan.variation - 0.3)),
            spend=meter.spend,
        )

    def _heard(self, heard: tuple[Heard, ...]) -> tuple[list[list[Row]], Standing, int]:
        """Return the rows of each bar heard, what they have said, and the beat of the last event."""
        bars, said, beat = [], Standing(), 0
        for at, past in enumerate(heard):
            time = at * UNITS_PER_BAR
            moments, said = opening(past.plan, frozenset(_playing(past.plan, past.bars)), said, self.setting, time)
            moments += self._sounding(past.bars, time)
            rows, beat = rows_of(sorted(moments, key=lambda each: each.place), self._model.tokens, beat)
            bars.append(rows)
        return bars, said, beat

    def _settled(self, request: Request, here: frozenset[str], said: Standing, time: int) -> list[Moment]:
        """Return what is known of the bar: its opening, the voices written, what has sounded of the asked ones."""
        moments, _ = opening(request.plan, here, said, self.setting, time)
        known = {voice: bar for voice, bar in request.written.items() if voice not in request.voices}
        known |= {voice: request.committed.get(voice, EMPTY_BAR).before(request.start) for voice in request.voices}
        return sorted((*moments, *self._sounding(known, time)), key=lambda each: each.place)

    def _sounding(self, bars: Mapping[str, Bar], time: int) -> list[Moment]:
        return [
            moment for voice in VOICES if voice in bars for moment in moments_of(bars[voice], voice, self.setting, time)
        ]

    def _past(self, bars: list[list[Row]], meter: "Meter") -> Past:
        def read(state: State, number: int) -> State:
            meter.spend(len(bars[number]))
            return replace(state, hidden=self._model.read(bars[number], state.hidden))

        start = State(self._begun, np.zeros(0, np.int64))
        past: Past = self._memory.read([(rows,) for rows in bars], start, read).hidden
        return past

    def _lean(self, request: Request, stages: Mapping[str, Stage]) -> Floats:
        """Return nats per track: towards the asked voices as busily as the wishes have them."""
        found = np.zeros(self._model.tokens.sizes["track"], np.float32)
        for voice in request.voices:
            beats = [stages[voice].activity(beat * TICKS_PER_BAR // BEATS_PER_BAR) for beat in range(BEATS_PER_BAR)]
            found[TRACKS[voice]] = self.setting.eager * (2 * sum(beats) / BEATS_PER_BAR - 1)
        return found

    def _notes(self, stage: Stage, moments: list[Moment]) -> list[Note]:
        """Return the notes of a voice; the wish says how loud, the model only by how much notes differ."""
        mean = sum(each.values["velocity"] for each in moments) / max(1, len(moments))
        notes = []
        for each in moments:
            tick, values = each.time * TICKS_PER_UNIT, each.values
            loud = stage.velocity(tick) + self.setting.accent * (values["velocity"] - mean)
            length = min(TICKS_PER_BAR, values["duration"] * TICKS_PER_UNIT)
            length = _within_chords(stage, tick, length, values["pitch"])
            notes.append(Note(tick, length, values["pitch"], max(1, min(127, round(loud)))))
        return notes


class Meter:
    """Counts events against a budget without a clock: gives up, never writes other notes."""

    def __init__(self, budget_ms: float, event_ms: float) -> None:
        """event_ms: what one event costs, 0 = unknown."""
        self.left_ms, self.event_ms = budget_ms, event_ms

    def spend(self, events: int) -> None:
        """Count some events; raises ExpertError where they do not fit the budget."""
        self.left_ms -= events * self.event_ms
        if self.left_ms < 0:
            raise ExpertError(f"more events than the budget holds at {self.event_ms} ms each")


def _playing(plan: Plan, bars: Mapping[str, Bar]) -> set[str]:
    """Return the voices of a bar: those that shall play, and those that do."""
    return {voice for voice in VOICES if voice in plan.active or bars.get(voice, EMPTY_BAR).notes}


def _within_chords(stage: Stage, tick: int, length: int, pitch: int) -> int:
    """Return the length cut where a chord begins that the pitch does not belong to."""
    if stage.voice in RINGS:
        return length
    change = stage.change_after(tick)
    while change < min(tick + length, TICKS_PER_BAR + 1):
        if not stage.chord(change).contains(pitch):
            return change - tick
        change = stage.change_after(change) if change < TICKS_PER_BAR else TICKS_PER_BAR + 1
    return length
