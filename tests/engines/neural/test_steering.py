import math
from pathlib import Path

import numpy as np
import pytest

from engines.codec.harmony import CHORDS, DURATIONS, token_of
from engines.expert import HarmonyRequest
from engines.genre import load_genres
from engines.neural.idiom import FAMILY
from engines.neural.steering import Frame, allowed, beats_at, bias, held, voted
from engines.theory.key import Key
from training.options import expert_config

GENRES = load_genres(Path(__file__).parents[3] / "configs" / "genres")
NUMBERS = expert_config("harmony").decoding
AM, F, B_FLAT = token_of(9, "min"), token_of(5, "maj"), token_of(10, "maj")
EVEN = np.full((CHORDS, len(DURATIONS)), 1 / (CHORDS * len(DURATIONS)))


def frame(genre=None, tension=0.5, numbers=NUMBERS, **rest):
    told = {"loops": GENRES[genre].loops, "cadences": GENRES[genre].cadences} if genre else {}
    request = HarmonyRequest(genre or "x", "drop", 0, tension, 0.3, Key(9, "minor"), 8, **told, **rest)
    return Frame.of(request, numbers, 0.0, np.random.default_rng(1))


def test_nothing_is_held_over_the_loops_end_or_into_a_cadence():
    closed = frame("uplifting", cadence=True)
    assert closed.closing == 24.0, "both cadences of uplifting have two bars"
    assert closed.until(12.0) == 16.0
    assert closed.until(20.0) == closed.closing
    assert closed.until(28.0) == closed.end == 32.0
    assert frame().closing == math.inf
    assert frame(cadence=True).closing == 28.0
    assert [DURATIONS[n] for n in beats_at(closed, 20.0).nonzero()[0]] == [2, 4]


@pytest.mark.parametrize("onset", [0.0, 2.0, 14.0, 31.0 - 1])
def test_something_may_always_stand_and_never_the_same_root(onset):
    open_ = allowed(frame(), AM, onset)
    assert open_.any()
    assert not open_[token_of(9, "min7")].any()


def test_a_genre_votes_with_the_network_and_nobody_else_where_none_is_told():
    assert voted(frame(), EVEN, AM, 4.0) == pytest.approx(np.log(EVEN), abs=1e-6)
    off = dict(NUMBERS, idiom=0)
    assert voted(frame("uplifting", numbers=off), EVEN, AM, 4.0) == pytest.approx(np.log(EVEN), abs=1e-6)
    chords = voted(frame("uplifting"), EVEN, AM, 4.0)
    assert chords[F].max() > chords[B_FLAT].max()
    assert voted(frame("psytrance"), EVEN, AM, 8.0)[B_FLAT].max() > voted(frame("psytrance"), EVEN, AM, 8.0)[F].max()


def test_what_the_network_finds_rarest_counts_as_no_less_than_the_floor():
    rare, unheard = EVEN.copy(), EVEN.copy()
    rare[FAMILY[B_FLAT] == FAMILY], unheard[FAMILY[B_FLAT] == FAMILY] = 1e-4, 1e-6
    at = (B_FLAT, DURATIONS.index(4))
    one, other = (voted(frame("psytrance"), row, AM, 8.0)[at] for row in (rare, unheard))
    assert one == pytest.approx(other)


def test_only_a_genre_that_holds_chords_holds_them():
    assert held(frame("psytrance"), AM, 8.0).sum() > 0.3
    assert held(frame("uplifting"), AM, 4.0).sum() < 0.1
    assert not held(frame(), AM, 8.0).any()
    assert not held(frame("psytrance", cadence=True), AM, 28.0).any()


def test_chords_of_the_genre_are_not_foreign_and_tension_colours():
    assert bias(frame("psytrance"), 4.0)[B_FLAT].max() > bias(frame("uplifting"), 4.0)[B_FLAT].max()
    calm, tense = (bias(frame("uplifting", tension=t), 4.0) for t in (0.0, 1.0))
    rise = tense - calm
    assert rise[token_of(9, "min7"), 2] > rise[AM, 2]


def test_a_genres_cadence_closes():
    closed = frame("psytrance", cadence=True)
    chords = voted(closed, EVEN, AM, 28.0)[:, DURATIONS.index(4)]
    assert chords.argmax() in {B_FLAT, token_of(7, "maj")}
