from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.finish import DEVIATIONS, finish
from engines.genre import load_genres
from engines.hand import Hand, Wander
from engines.note import Bar, Note
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP, VOICES

GENRE = load_genres(Path(__file__).parents[2] / "configs" / "genres")["uplifting"]
WANDER = Wander(drift=0.5, beat=0.1, bar=0.1, stroke=0.1, note=0.2, drift_keeps=0.85, habit_keeps=0.9)
PLAYED = replace(GENRE, hands=dict.fromkeys(VOICES, Hand(WANDER, WANDER)))

note_values = st.builds(
    Note, st.integers(0, TICKS_PER_BAR - 1), st.integers(1, TICKS_PER_BAR), st.integers(0, 127), st.integers(1, 127)
)
bars = st.lists(note_values, max_size=30).map(Bar.of)
shares = st.floats(0, 1)
seeds = st.integers(0, 2**64 - 1)
numbers = st.integers(0, 10_000)
genres = st.sampled_from([GENRE, PLAYED])  # white jitter, and a hand that drifts and has habits
hands = st.fixed_dictionaries(
    {"level": shares, "humanize": shares, "swing": shares, "seed": seeds, "index": numbers, "genre": genres}
)
EIGHTHS = Bar.of(Note(step * TICKS_PER_STEP, 100, 60, 80) for step in range(16))


def touch(bar, voice="arp", **hand):
    plain = {"level": 1.0, "humanize": 0.0, "swing": 0.0, "seed": 0, "index": 0, "genre": GENRE}
    return finish(bar, voice, **plain | hand)


def single_line(bar):
    """The bar as a legal single voice: one note at a tick, each cut by the next."""
    onsets = sorted({note.onset: note for note in bar.notes}.items())
    ends = [*(onset for onset, _ in onsets), 2 * TICKS_PER_BAR][1:]
    return Bar.of(
        Note(at, min(note.duration, end - at), note.pitch, note.velocity)
        for (at, note), end in zip(onsets, ends, strict=True)
    )


@given(bars, st.sampled_from(VOICES), hands)
def test_without_humanize_and_swing_every_onset_is_on_the_grid(bar, voice, hand):
    straight = touch(bar, voice, **hand | {"humanize": 0.0, "swing": 0.0})
    assert all(note.onset % TICKS_PER_STEP == 0 for note in straight.notes)


@settings(max_examples=200)
@given(bars, st.sampled_from(VOICES), hands)
def test_bars_stay_legal_and_the_touch_repeatable(bar, voice, hand):
    done = touch(bar, voice, **hand)
    assert done == touch(bar, voice, **hand)
    assert list(done.notes) == sorted(done.notes)
    assert done.length == bar.length
    assert all(0 <= note.onset < bar.length and 1 <= note.duration <= TICKS_PER_BAR for note in done.notes)


@given(bars.map(single_line), st.sampled_from(["lead", "bass"]), hands)
def test_single_voices_stay_single(bar, voice, hand):
    notes = touch(bar, voice, **hand | {"level": 1.0}).notes
    assert all(one.end <= other.onset for one, other in pairwise(notes))
    assert not bar.notes or notes


@given(bars, st.sampled_from(["arp", "pad", "drums"]), hands)
def test_no_pitch_is_struck_twice_at_a_tick_or_while_it_sounds(bar, voice, hand):
    notes = touch(bar, voice, **hand).notes
    for pitch in {note.pitch for note in notes}:
        line = [note for note in notes if note.pitch == pitch]
        assert all(one.end <= other.onset for one, other in pairwise(line))


@given(st.lists(st.integers(0, 127), unique=True, max_size=16), hands)
def test_notes_on_steps_keep_their_order_and_number(pitches, hand):
    bar = Bar.of(Note(step * TICKS_PER_STEP, 60, pitch, 90) for step, pitch in enumerate(pitches))
    assert [note.pitch for note in touch(bar, "arp", **hand | {"level": 1.0}).notes] == pitches


def test_level_scales_and_nought_is_silence():
    assert touch(EIGHTHS, level=0.0) == Bar()
    assert {note.velocity for note in touch(EIGHTHS, level=0.5).notes} == {40}
    assert touch(EIGHTHS) == EIGHTHS


def test_full_swing_is_a_triplet_and_even_steps_stand():
    onsets = [note.onset for note in touch(EIGHTHS, swing=1.0).notes]
    assert onsets[:4] == [0, 160, 240, 400]
    assert [note.onset for note in touch(EIGHTHS, swing=0.5).notes][1] == 140


def test_learned_timing_is_scaled_by_humanize():
    late = Bar((Note(490, 60, 60, 90),))
    timing = [
        touch(late, "bass", humanize=share, seed=seed).notes[0].onset for share in (0.0, 1.0) for seed in range(40)
    ]
    assert set(timing[:40]) == {480}
    assert 486 <= sum(timing[40:]) / 40 <= 494


def test_humanize_moves_onsets_and_velocities_by_the_seed():
    one, other = (touch(EIGHTHS, "lead", humanize=1.0, seed=seed) for seed in (1, 2))
    assert one != other
    spread = [abs(note.onset - at * TICKS_PER_STEP) for at, note in enumerate(one.notes)]
    assert 2 < max(spread) <= 2 * GENRE.voices["lead"].timing + 1
    assert len({note.velocity for note in one.notes}) > 5


@pytest.mark.parametrize("genre", [GENRE, PLAYED])
def test_a_note_of_a_rewritten_bar_keeps_its_touch(genre):
    whole = touch(EIGHTHS, "arp", humanize=1.0, seed=3, genre=genre)
    half = touch(EIGHTHS.before(960), "arp", humanize=1.0, seed=3, genre=genre)
    assert whole.notes[: len(half.notes)] == half.notes


def unevenness(genre, voice="arp", bars=60, seed=5):
    """By how much each note of many bars of sixteenths is late and louder."""
    notes = [touch(EIGHTHS, voice, humanize=1.0, seed=seed, index=index, genre=genre).notes for index in range(bars)]
    late = [note.onset - step * TICKS_PER_STEP for bar in notes for step, note in enumerate(bar) if step]
    loud = [note.velocity - 80 for bar in notes for note in bar]
    return np.array(late, float), np.array(loud, float)


def lag1(line):
    return np.corrcoef(line[:-1], line[1:])[0, 1]


def test_a_learned_hand_drifts_where_jitter_is_white():
    assert all(abs(lag1(line)) < 0.1 for line in unevenness(GENRE))
    assert all(lag1(line) > 0.25 for line in unevenness(PLAYED))


def test_the_genre_says_how_far_notes_move_whoever_plays():
    style = GENRE.voices["arp"]
    for genre in (GENRE, PLAYED):
        for line, size in zip(unevenness(genre, bars=300), (style.timing, style.jitter), strict=True):
            assert line.std() == pytest.approx(size, rel=0.2)
            assert abs(line).max() <= round(DEVIATIONS * size)


def test_unevenness_goes_on_over_the_bar_line():
    last, first = [], []
    end, begin = (Bar((Note(step * TICKS_PER_STEP, 60, 60, 80),)) for step in (15, 0))
    for seed in range(200):
        last.append(touch(end, humanize=1.0, seed=seed, index=7, genre=PLAYED).notes[0].velocity)
        first.append(touch(begin, humanize=1.0, seed=seed, index=8, genre=PLAYED).notes[0].velocity)
    assert np.corrcoef(last, first)[0, 1] > 0.2


def test_the_notes_of_a_chord_move_together_but_not_as_one():
    chord = Bar.of(Note(480, 400, pitch, 80) for pitch in (60, 64, 67))
    onsets = np.array(
        [
            [n.onset for n in sorted(touch(chord, "pad", humanize=1.0, seed=seed, genre=PLAYED).notes, key=by_pitch)]
            for seed in range(300)
        ]
    )
    assert 0.6 < np.corrcoef(onsets.T)[0, 2] < 0.95


def by_pitch(note):
    return note.pitch


@pytest.mark.parametrize("voice", ["lead", "drums"])
def test_a_note_that_ends_with_the_bar_still_does(voice):
    bar = Bar((Note(1800, 120, 60, 90),))
    assert all(
        touch(bar, voice, humanize=1.0, swing=1.0, seed=seed).notes[0].end <= TICKS_PER_BAR for seed in range(50)
    )


def test_the_latest_note_stays_in_its_bar():
    bar = Bar((Note(TICKS_PER_BAR - 1, 60, 60, 90),))
    onsets = [touch(bar, humanize=1.0, swing=1.0, seed=seed).notes[0].onset for seed in range(20)]
    assert onsets == [TICKS_PER_BAR - 1] * 20
