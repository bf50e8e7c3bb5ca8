"""What the learned line-up and the understudies play over the same blueprints with the same seeds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from engines.composer import Composed
from engines.expert import Expert
from engines.note import Bar
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP, VOICES
from training.judge import tension
from training.judge.blueprints import Blueprint
from training.judge.lineup import Lineup
from training.judge.playing import RULES, Given, Stage, Task, voice_of
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Excerpt
from training.judge.settings import Settings

Tick = Callable[[str], None]
"""Told before each piece of work: what it is."""
Played = dict[str, list[Composed]]
"""By blueprint."""
T = TypeVar("T")


class Heard(msgspec.Struct, frozen=True):
    """By player: free over the blueprints' chords, around their melodies, and pieces under a wished tension."""

    free: dict[str, Played]
    around: dict[str, Played]
    arcs: dict[str, list[tuple[Task, list[Composed]]]]

    def voice(self, voice: str) -> dict[str, dict[str, list[Bar]]]:
        """Return what each player wrote for a voice, by blueprint."""
        return {who: {name: voice_of(bars, voice) for name, bars in each.items()} for who, each in self.free.items()}


def task(blueprint: Blueprint, number: int, numbers: Settings) -> Task:
    """Return a blueprint as a task; the seed goes round."""
    seed = numbers.seeds[number % len(numbers.seeds)]
    return Task(blueprint.chords, blueprint.key, blueprint.tension, blueprint.density, seed)


def listen(stage: Stage, lineup: Lineup, chosen: Sequence[Blueprint], tick: Tick) -> Heard:
    """Let everybody play everything."""
    numbers = stage.settings
    players: dict[str, Mapping[str, Expert]] = {LEARNED: lineup.experts, UNDERSTUDY: {}}
    tasks = [task(each, number, numbers) for number, each in enumerate(chosen)]
    pairs = list(zip(chosen, tasks, strict=True))
    pieces = [tension.task(each, n, numbers) for n, each in enumerate(chosen[: numbers.tension_pieces])]
    heard = Heard({}, {}, {})
    for who, experts in players.items():
        heard.free[who] = {b.name: stage.play(experts, t) for b, t in _ticking(pairs, f"{who}: bands", tick)}
        heard.around[who] = {
            b.name: stage.play({**experts, "lead": Given("lead", b.melody)}, t)
            for b, t in _ticking(pairs, f"{who}: around melodies", tick)
        }
        heard.arcs[who] = [(t, stage.play(experts, t)) for t in _ticking(pieces, f"{who}: under tension", tick)]
    return heard


def rounds(numbers: Settings) -> int:
    """Return how often `listen` ticks at most."""
    return 2 * (2 * numbers.excerpts + numbers.tension_pieces)


def _ticking(each: Sequence[T], what: str, tick: Tick) -> Iterator[T]:
    for one in each:
        tick(what)
        yield one


def excerpts(chosen: Sequence[Blueprint], heard: Heard, lineup: Lineup, numbers: Settings) -> list[Excerpt]:
    """Return the first blueprints as they were sung and as everybody played them, to see and to hear."""
    names = {LEARNED: lineup.names, UNDERSTUDY: dict.fromkeys(VOICES, RULES)}
    found = []
    for number, each in enumerate(chosen[: numbers.shown]):
        asked = task(each, number, numbers)
        found.append(_real(each, asked, numbers))
        for who, bars in heard.free.items():
            found.append(_played(each, asked, (who, bars[each.name]), numbers, names[who]))
        for who, bars in heard.around.items():
            found.append(_played(each, asked, (f"{who} around melody", bars[each.name]), numbers, names[who]))
    return found


def _real(each: Blueprint, asked: Task, numbers: Settings) -> Excerpt:
    notes = {
        voice: [(o * TICKS_PER_STEP, d * TICKS_PER_STEP, p, v) for o, d, p, v in found]
        for voice, found in (("lead", each.melody), ("pad", each.others))
    }
    return msgspec.structs.replace(_blank(each, asked, numbers), player=REAL, notes=notes)


def _played(
    each: Blueprint, asked: Task, played: tuple[str, Sequence[Composed]], numbers: Settings, experts: dict[str, str]
) -> Excerpt:
    who, bars = played
    notes = {
        voice: [
            (n * TICKS_PER_BAR + note.onset, note.duration, note.pitch, note.velocity)
            for n, bar in enumerate(bars)
            for note in bar.wire[voice].notes
        ]
        for voice in VOICES
    }
    return msgspec.structs.replace(
        _blank(each, asked, numbers),
        player=who,
        notes=notes,
        realised=tension.curve(bars, VOICES, each.key, numbers.tension["band"]),
        experts={voice: experts.get(voice, RULES) for voice in VOICES},
    )


def _blank(each: Blueprint, asked: Task, numbers: Settings) -> Excerpt:
    names = [chord.name_in(each.key) for chord in each.chords[:-1]]
    return Excerpt(
        blueprint=each.name,
        player="",
        bpm=numbers.bpm,
        bars=each.bars,
        key=each.key.name,
        seed=asked.seed,
        chords=[list(dict.fromkeys(names[n : n + 4])) for n in range(0, len(names), 4)],
        tension=list(each.tension),
        realised=[],
        notes={},
    )
