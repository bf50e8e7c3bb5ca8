"""The band without a clock: `engines.composer.compose`, answered bar by bar as the live band answers it."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from engines.composer import Answer, Composed, Score, compose
from engines.control.state import Control, Loop, steady
from engines.expert import Expert, ExpertError, HarmonyRequest, Request
from engines.genre import Genre
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.understudy import RuleHarmony, Rules
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP
from training.corpus.sixteenths import Played
from training.judge.settings import Settings

RULES: Final = "rules"


class Task(msgspec.Struct, frozen=True):
    """What is to be played: chords (one a beat and the next bar's first), key, wishes 0..1 per bar, seed."""

    chords: tuple[Chord, ...]
    key: Key
    tension: tuple[float, ...]
    density: tuple[float, ...]
    seed: int


class Stage:
    """Genres and rules: where every player plays; counts bars that the understudy had to take over."""

    def __init__(self, genres: Mapping[str, Genre], settings: Settings) -> None:
        """Take the genres and the card's numbers."""
        self.genre = genres.get(settings.genre) or next(iter(genres.values()))
        self.settings = settings
        self.rules, self.harmony = Rules(genres), RuleHarmony(genres)
        self.failures = 0

    def play(self, experts: Mapping[str, Expert], task: Task) -> list[Composed]:
        """Return the bars that the experts write, each heard by the next; a voice without an expert plays by rules."""
        found: list[Composed] = []
        score = Score()
        for bar, (tension, density) in enumerate(zip(task.tension, task.density, strict=True)):
            control = msgspec.structs.replace(self._control(task), tension=steady(tension), density=density)
            found.append(self._bar(score, control, experts))
            score = found[bar].score
        return found

    def _control(self, task: Task) -> Control:
        numbers = self.settings
        section = numbers.section if numbers.section in self.genre.sections else self.genre.first
        return Control(
            genre=self.genre.name,
            section=section,
            tension=steady(0.5),
            harmony=Loop(loop(task.chords)),
            key=task.key,
            tempo=steady(numbers.bpm),
            variation=numbers.variation,
            humanize=0.0,
            seed=task.seed,
        )

    def _bar(self, score: Score, control: Control, experts: Mapping[str, Expert]) -> Composed:
        composition = compose(score, control, self.genre, self.settings.bpm)
        answer: Answer | None = None
        try:
            while True:
                ask = next(composition) if answer is None else composition.send(answer)
                answer = self._answer(experts.get(ask.chair), ask.request)
        except StopIteration as done:
            written: Composed = done.value
            return written

    def _answer(self, expert: Expert | None, request: Request | HarmonyRequest) -> Answer:
        if isinstance(request, HarmonyRequest):
            return self.harmony.choose(request)
        try:
            return (expert or self.rules).write(request)
        except ExpertError:
            self.failures += 1
            return self.rules.write(request)


class Given:
    """An expert that plays what it is given: a real melody among other players."""

    version = "1"

    def __init__(self, voice: str, notes: Sequence[Played]) -> None:
        """Take a voice and its notes."""
        self.name, self.voices = "given", (voice,)
        self._bars: dict[int, list[Note]] = {}
        for onset, length, pitch, velocity in notes:
            bar, step = divmod(onset, STEPS_PER_BAR)
            duration = max(1, min(TICKS_PER_BAR, length * TICKS_PER_STEP))
            self._bars.setdefault(bar, []).append(Note(step * TICKS_PER_STEP, duration, pitch, max(1, velocity)))

    def write(self, request: Request) -> dict[str, Bar]:
        """Return the given bar."""
        return {self.voices[0]: Bar.of(self._bars.get(request.plan.index, ()))}


def loop(chords: Sequence[Chord]) -> tuple[tuple[Chord, ...], ...]:
    """Return one tuple of 1, 2 or 4 equally long chords a bar, and a last bar of what follows."""
    bars = []
    for first in range(0, len(chords) - 1, BEATS_PER_BAR):
        a, b, c, d = chords[first : first + BEATS_PER_BAR]
        bars.append((a,) if a == b == c == d else (a, c) if a == b and c == d else (a, b, c, d))
    return (*bars, (chords[-1],))


def voice_of(played: Sequence[Composed], voice: str) -> list[Bar]:
    """Return a voice's bars as its expert wrote them, before levels and swing."""
    return [bar.bars[voice] for bar in played]
