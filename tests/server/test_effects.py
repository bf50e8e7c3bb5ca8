"""Effects over long random sequences of commands: judged by the notes that reach the player, not by what is told.

The model beside the performance knows only the promise: a wish is heard in the bar that begins next.
"""

import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from engines.theory.chord import Chord
from engines.units import TICKS_PER_STEP, VOICES
from tests.engines.band import GENRES
from tests.server.stagehand import Stagehand
from tests.server.virtual import run

BARS = 160
CHORDS = ("Am", "F", "C", "G", "Dm", "Em", "E7", "Bb", "Fmaj7", "Am7/G", "Dsus4", "F#dim", "Cadd9", "G/B")
LOOPS = ("Am F C G", "Dm|E7 Am", "F G|E Am C|G", "Em C")
SECTIONS = tuple(GENRES["uplifting"].sections)
BEATS = (0, 4, 8, 12)


@dataclass
class Promise:
    """What was asked for, bar by bar."""

    section: str = "drop"
    tension: float = 0.5
    loop: tuple[tuple[str, ...], ...] = (("Am",), ("F",), ("C",), ("G",))
    since: int = 0
    bars: list[tuple[str, float, tuple[Chord, ...]]] = field(default_factory=list)
    changes: list[tuple[int, str]] = field(default_factory=list)

    def hold(self, bar: int) -> None:
        """Everything wished so far is what `bar` must be."""
        chords = self.loop[(bar - self.since) % len(self.loop)]
        per_beat = tuple(Chord.parse(chords[beat * len(chords) // 4]) for beat in range(4))
        self.bars.append((self.section, self.tension, per_beat))


def random_wish(dice: random.Random, promise: Promise, bar: int) -> tuple[str, object]:
    """Draw a wish that changes something, and note what it promises for `bar`."""
    kind = dice.choice(("section", "tension", "chord", "chords"))
    if kind == "section":
        promise.section = dice.choice([name for name in SECTIONS if name != promise.section])
        value: object = promise.section
    elif kind == "tension":
        far = [step / 20 for step in range(21) if abs(step / 20 - promise.tension) >= 0.4]
        promise.tension = value = dice.choice(far)
    else:
        options = CHORDS if kind == "chord" else LOOPS
        value = dice.choice(options)
        promise.loop = tuple(tuple(one.split("|")) for one in str(value).split())
        promise.since = bar
    promise.changes.append((bar, kind))
    return f"/{kind}", value


def concert(seed: int, **wishes):
    """Play BARS bars with a wish in about every second one; return the promise and the loads by bar."""
    dice, promise = random.Random(seed), Promise()

    async def main():
        async with Stagehand(seed=seed, **wishes) as hand:
            hand.say("/play")
            promise.hold(0)
            for bar in range(1, BARS):
                await hand.bar(bar - 1 + dice.uniform(0.05, 0.85))
                if dice.random() < 0.5:
                    hand.say(*random_wish(dice, promise, bar))
                promise.hold(bar)
            await hand.bar(BARS)
            return hand

    hand = run(main())
    assert hand.performance.bars_late == 0
    return promise, hand.player.loads()


@pytest.fixture(scope="module", params=range(6))
def played(request):
    return concert(request.param)


def strong(load, voice):
    """(beat, pitch) of the notes on the four beats, human timing taken back to its step."""
    steps = [(round(note.onset / TICKS_PER_STEP), note.pitch) for note in load.voices[voice]]
    return [(BEATS.index(step), pitch) for step, pitch in steps if step in BEATS]


def changes(promise, *kinds):
    found = [bar for bar, kind in promise.changes if kind in kinds]
    assert len(found) > 5
    return found


def test_every_chord_change_is_heard_in_its_bar(played):
    promise, loads = played
    heard = 0
    for bar in changes(promise, "chord", "chords"):
        chords, before = promise.bars[bar][2], promise.bars[bar - 1][2]
        pad = loads[bar].voices["pad"]
        for note in pad:
            beat = min(3, round(note.onset / TICKS_PER_STEP) // 4)
            assert chords[beat].contains(note.pitch), (bar, note, chords[beat].name)
        for beat, pitch in strong(loads[bar], "bass"):
            assert chords[beat].contains(pitch), (bar, beat, pitch, chords[beat].name)
        new = {pc for pc in range(12) if chords[0].contains(pc) and not before[3].contains(pc)}
        if pad and new:
            heard += 1
            assert new & {note.pitch % 12 for note in pad}, (bar, chords[0].name)
    assert heard > 5


def test_every_section_change_is_heard_in_its_bar(played):
    promise, loads = played
    sections = GENRES["uplifting"].sections
    for bar in changes(promise, "section"):
        section, before = promise.bars[bar][0], promise.bars[bar - 1][0]
        sounding = {voice for voice in VOICES if loads[bar].voices[voice]}
        players, left = set(sections[section].players), set(sections[before].players)
        assert sounding <= players, (bar, section, sounding)
        assert players - left <= sounding, (bar, section, "silent:", players - left - sounding)

        def drums(at):
            return {(round(note.onset / TICKS_PER_STEP), note.pitch) for note in loads[at].voices["drums"]}

        if not set(sections[section].drums) & set(sections[before].drums):  # intro and outro share their beat
            assert drums(bar) != drums(bar - 1), (bar, before, section)
        else:
            assert players != left


def test_every_tension_change_is_heard_in_its_bar(played):
    promise, loads = played
    for bar in changes(promise, "tension"):
        step = promise.bars[bar][1] - promise.bars[bar - 1][1]

        def force(at):
            return np.mean([note.velocity for notes in loads[at].voices.values() for note in notes])

        assert (force(bar) - force(bar - 1)) * step > 0, (bar, step, force(bar - 1), force(bar))


def test_pad_and_bass_keep_to_the_chord_on_the_beats(played):
    promise, loads = played
    fits = [
        promise.bars[bar][2][beat].contains(pitch)
        for bar in range(BARS)
        for voice in ("pad", "bass")
        for beat, pitch in strong(loads[bar], voice)
    ]
    assert len(fits) > BARS
    assert np.mean(fits) >= 0.95


def test_every_bar_has_notes_and_all_of_them_inside_it(played):
    _, loads = played
    for bar in range(BARS):
        notes = [note for notes in loads[bar].voices.values() for note in notes]
        assert notes
        assert all(0 <= note.onset < 1920 for note in notes)


@pytest.mark.parametrize("chord", ["Dm", "E7", "Bb"])
def test_a_chord_wished_for_the_beat_is_heard_from_the_next_beat(chord):
    async def main():
        async with Stagehand() as hand:
            hand.say("/play")
            await hand.bar(4.2)
            hand.say("/chord", chord, "beat")
            await hand.bar(6)
            return hand

    rewritten = [load for load in run(main()).player.messages if getattr(load[1], "bar", None) == 4][-1][1]
    assert 0 < rewritten.start < 960
    pad = [note for note in rewritten.voices["pad"] if note.onset >= rewritten.start]
    assert pad
    assert all(Chord.parse(chord).contains(note.pitch) for note in pad)
