import random
from itertools import pairwise

import pytest

from engines.theory.key import MODES, Key
from engines.theory.numeral import parse_loop
from tests.engines.understudy.making import GENRES, make_plan, play, write

STRONG = {0, 960}


def diatonic_plans(genre, section, bars=16):
    for mode in ("minor", "major", "dorian"):
        key = Key(3, mode)
        loop = [bar[0].chord(key) for bar in parse_loop(["i VI III VII" if mode != "major" else "vi IV I V"])]
        for bar in range(bars):
            chords = (loop[bar % 4],) * 4
            yield make_plan(bar, genre=genre, section=section, key=key, chords=chords, tension=0.7, variation=0.5)


@pytest.mark.parametrize("genre", GENRES)
def test_in_scale_and_of_the_chord_on_the_half_bars(genre):
    for plan in diatonic_plans(genre, "drop"):
        notes = write(plan, "lead", seed=plan.index, phrase_seed=4).notes
        assert all(plan.key.contains(note.pitch) or plan.chord_at(note.onset).contains(note.pitch) for note in notes)
        assert all(plan.chord_at(note.onset).contains(note.pitch) for note in notes if note.onset in STRONG)


@pytest.mark.parametrize("genre", GENRES)
def test_the_line_keeps_within_the_bands_of_played_melodies(genre):
    moves, bars = [], 0
    for seed in range(8):
        line = [
            note.pitch
            for bar in play([make_plan(bar, genre=genre, tension=0.6) for bar in range(16)], ("lead",), seed=seed)
            for note in bar["lead"].notes
        ]
        moves += [abs(b - a) for a, b in pairwise(line)]
        bars += 16
    # POP909 melodies, p10..p90: 0.51..0.80 of the moves are steps, 4 % leap over a fifth, 2.5..7.1 notes a bar
    assert 0.5 <= sum(move <= 2 for move in moves) / len(moves) <= 0.85
    assert sum(move > 7 for move in moves) / len(moves) <= 0.08
    assert 2.5 <= len(moves) / bars <= 8.5


def test_the_phrase_is_a_a_b_a():
    bars = play([make_plan(bar, chords=make_plan(0).chords) for bar in range(8)], ("lead",), seed=6)
    rhythm = [tuple(note.onset for note in bar["lead"].notes) for bar in bars]
    assert rhythm[0:2] == rhythm[2:4]
    assert rhythm[0] == rhythm[6]
    assert rhythm[4:6] != rhythm[0:2]


def test_another_visit_brings_another_tune():
    tunes = {write(make_plan(0), "lead", phrase_seed=seed) for seed in range(10)}
    assert len(tunes) >= 8


@pytest.mark.parametrize("genre", GENRES)
def test_a_section_closes_on_a_long_stable_note(genre):
    for seed in range(5):
        plan = make_plan(7, genre=genre, upcoming="breakdown")
        last = write(plan, "lead", phrase_seed=seed).notes[-1]
        assert last.pitch % 12 == 7  # G: the root, for the chord has no A
        assert last.duration >= 240
    home = make_plan(7, genre=genre, upcoming="breakdown", chords=make_plan(1).chords)
    assert write(home, "lead").notes[-1].pitch % 12 == 9  # over F: the tonic A


def test_foreign_chords_are_followed():
    dice = random.Random(1)
    for _ in range(60):
        key = Key(dice.randrange(12), dice.choice(sorted(MODES)))
        plan = make_plan(2, key=key, tension=1.0)
        notes = write(plan, "lead", phrase_seed=dice.randrange(99)).notes
        assert all(plan.chord_at(note.onset).contains(note.pitch) for note in notes if note.onset in STRONG)
