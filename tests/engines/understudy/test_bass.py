import random

import pytest

from engines.theory.chord import Chord
from engines.theory.quality import QUALITIES
from tests.engines.understudy.making import GENRES, make_plan, write

STRONG = {0, 480, 960, 1440}


@pytest.mark.parametrize("voice", ["bass", "pad"])
@pytest.mark.parametrize("genre", GENRES)
def test_what_sounds_on_the_beats_is_of_the_chord(genre, voice):
    dice = random.Random(5)
    checked = 0
    for index in range(160):
        chords = tuple(Chord(dice.randrange(12), dice.choice(sorted(QUALITIES)), dice.randrange(12)) for _ in range(4))
        section = dice.choice(list(GENRES[genre].sections))
        plan = make_plan(index, chords=chords, section=section, genre=genre, tension=dice.random(), variation=1.0)
        for note in write(plan, voice, seed=index, phrase_seed=index).notes:
            for beat in (beat for beat in STRONG if note.onset <= beat < note.end):
                assert plan.chord_at(beat).contains(note.pitch)
                checked += 1
    assert checked > 50


def test_roots_are_the_slash_bass():
    chords = (Chord.parse("C/E"),) * 4
    notes = write(make_plan(chords=chords, next_chord=chords[0], tension=0.0), "bass").notes
    assert {note.pitch % 12 for note in notes} == {4}


def test_the_approach_leads_by_scale_to_the_next_root():
    plan = make_plan(1, section="build", genre="progressive", tension=1.0)  # F, then C
    last = write(plan, "bass").notes[-1]
    assert last.onset == 15 * 120
    assert last.pitch == 35  # B1, from below into C2, for F lies below


def test_octaves_come_with_tension():
    def jumps(tension):
        return sum(note.pitch >= 40 for note in write(make_plan(tension=tension), "bass", phrase_seed=1).notes)

    assert jumps(0.0) == 0
    assert 0 < jumps(0.5) < jumps(1.0)


def test_the_trance_bass_leaves_the_beat_to_the_kick():
    for seed in range(6):
        assert not any(note.onset in STRONG for note in write(make_plan(tension=1.0), "bass", phrase_seed=seed).notes)
