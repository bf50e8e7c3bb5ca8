"""Stage: what every rule-based player reads from a request, and how its notes become a legal bar."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from engines.expert import Request
from engines.genre import Genre, Section, VoiceStyle
from engines.note import EMPTY_BAR, Bar, Note
from engines.theory.chord import Chord
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP

ROUNDING: Final = 1e-9  # an activity of 0.3 from three floating products must still reach the threshold 0.3
DEFAULT_DENSITY: Final = 0.5
SINGLE: Final = frozenset({"lead", "bass"})  # voices that sound one note at a time


class Stage(msgspec.Struct, frozen=True):
    """One voice's view of one request."""

    request: Request
    voice: str
    genre: Genre
    section: Section
    style: VoiceStyle

    @classmethod
    def of(cls, request: Request, voice: str, genre: Genre) -> "Stage":
        """Find the section and the manners; an unknown section is played like the one nearest in energy."""
        section = genre.section(request.plan.section, request.plan.energy)
        return cls(request, voice, genre, section, genre.voices[voice])

    def figure_name(self) -> str:
        """Return the figure of this section visit, one of the section's, drawn by the phrase seed."""
        names: tuple[str, ...] = getattr(self.section, self.voice)
        return names[0] if len(names) == 1 else self.visit_dice("figure").choice(names)

    def activity(self, tick: int) -> float:
        """Return how busily the voice plays at a tick, 0..1."""
        plan = self.request.plan
        density = plan.density.get(self.voice, DEFAULT_DENSITY)
        return self.genre.activity.of(plan.tension_at(tick), density, plan.energy) + ROUNDING

    def velocity(self, tick: int, accent: float = 0.0, level: float = 1.0) -> int:
        """Return the velocity at a tick; accent and level 0..1."""
        plan = self.request.plan
        density = plan.density.get(self.voice, DEFAULT_DENSITY)
        quiet, loud = self.style.velocity
        body = quiet + (loud - quiet) * self.genre.loudness.of(plan.tension_at(tick), density, plan.energy)
        return max(1, min(127, round(body * level + accent * self.style.accent)))

    def register(self, tension: float) -> int:
        """Return the lowest pitch of the voice's window at a tension."""
        return self.style.low + round(self.style.rise * tension)

    def chord(self, tick: int) -> Chord:
        """Return the chord that runs at a tick."""
        return self.request.plan.chord_at(tick)

    def change_after(self, tick: int) -> int:
        """Return the tick at which the chord running at `tick` ends: the next change, at most the bar line."""
        now = self.chord(tick)
        beats = range((tick // TICKS_PER_BEAT + 1) * TICKS_PER_BEAT, TICKS_PER_BAR, TICKS_PER_BEAT)
        return next((at for at in beats if self.chord(at) != now), TICKS_PER_BAR)

    def lifts(self) -> bool:
        """Whether a section with more energy begins with the next bar."""
        plan = self.request.plan
        return plan.upcoming is not None and self.genre.section(plan.upcoming, plan.energy).energy > plan.energy

    def dice(self, label: str) -> random.Random:
        """Dice of this bar: fresh per seed, voice and label."""
        return random.Random(f"{self.request.seed}:{self.voice}:{label}")

    def visit_dice(self, label: str) -> random.Random:
        """Dice of the whole section visit: the same in each of its bars."""
        return random.Random(f"{self.request.phrase_seed}:{self.voice}:{label}")


def playing(stage: Stage, plays: tuple[float, ...]) -> list[int]:
    """Return the steps of a threshold grid that the voice's activity reaches."""
    beats = [stage.activity(beat) for beat in range(0, TICKS_PER_BAR, TICKS_PER_BEAT)]
    return [step for step in range(STEPS_PER_BAR) if plays[step] <= beats[step // 4]]


def lengths(steps: list[int], gate: float, longest: int) -> list[int]:
    """Return note lengths (ticks): a share of the time to the next onset or the bar line, at most `longest` steps."""
    ends = [*steps[1:], STEPS_PER_BAR]
    gaps = [min(end - step, longest) for step, end in zip(steps, ends, strict=True)]
    return [max(1, round(gap * TICKS_PER_STEP * gate)) for gap in gaps]


def rest(stage: Stage, notes: Iterable[Note]) -> list[Note]:
    """Silence the end of the bar before a lift for as many steps as the genre says; notes end where it begins."""
    steps = stage.genre.rests.get(stage.voice, 0) if stage.lifts() else 0
    end = TICKS_PER_BAR - steps * TICKS_PER_STEP
    return [
        msgspec.structs.replace(note, duration=min(note.duration, end - note.onset))
        for note in notes
        if note.onset < end
    ]


def weave(request: Request, voice: str, notes: Iterable[Note]) -> Bar:
    """Join new notes to the committed part.

    The committed part stays as it is; new notes stand at or after `start`. No two notes of one pitch (of a
    single-voiced part: no two notes) overlap: a new note yields to what already rings and is cut by the next.
    """
    committed = request.committed.get(voice, EMPTY_BAR).before(request.start)
    taken: dict[int, int] = {}
    for note in committed.notes:
        key = _place(voice, note)
        taken[key] = max(taken.get(key, 0), note.end)
    woven: dict[int, list[Note]] = {}
    for note in sorted(notes):
        key = _place(voice, note)
        if request.start <= note.onset < committed.length and note.onset >= taken.get(key, 0):
            _append(woven.setdefault(key, []), note)
    return Bar.of((*committed.notes, *(note for line in woven.values() for note in line)), committed.length)


def _place(voice: str, note: Note) -> int:
    return 0 if voice in SINGLE else note.pitch


def _append(line: list[Note], note: Note) -> None:
    """Add a note to a line, cutting the one before it; of two notes at one tick the first stays."""
    if line and line[-1].onset == note.onset:
        return
    if line and line[-1].end > note.onset:
        line[-1] = msgspec.structs.replace(line[-1], duration=note.onset - line[-1].onset)
    line.append(note)


def genre_of(genres: Mapping[str, Genre], name: str) -> Genre:
    """Return the named genre, the first one for an unknown name."""
    return genres.get(name) or next(iter(genres.values()))
