from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.expert import ExpertError, HarmonyRequest
from engines.library import Library
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.quality import QUALITIES
from tests.engines.neural.toys import make_toy

MODELS = Path(__file__).parents[3] / "models"
CHORD = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
BAR = st.sampled_from([1, 2, 4]).flatmap(lambda count: st.tuples(*[CHORD] * count))
UNIT = st.floats(0, 1, width=32)
A_MINOR, C_MAJOR = Key.parse("Am"), Key.parse("C")

REQUESTS = st.builds(
    HarmonyRequest,
    genre=st.sampled_from(["uplifting", "nowhere"]),
    section=st.sampled_from(["intro", "build", "breakdown", "drop", "outro", "elsewhere"]),
    section_bar=st.integers(0, 40),
    tension=UNIT,
    variation=UNIT,
    key=st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES))),
    bars=st.integers(1, 16),
    past=st.lists(BAR, max_size=16).map(tuple),
    cadence=st.booleans(),
    seed=st.integers(0, 2**63),
)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return Library(folder).load_harmony(make_toy(folder, "harmony"), "v1")


@pytest.fixture(scope="module")
def shipped():
    return Library(MODELS).load_harmony("harmony-gru")


def ask(key=A_MINOR, tension=0.5, seed=0, **rest):
    return HarmonyRequest(**{
        "genre": "uplifting", "section": "drop", "section_bar": 0, "tension": tension, "variation": 0.3, "key": key,
        "bars": 8, "seed": seed, **rest,
    })  # fmt: skip


def chords_of(expert, count=30, **wishes):
    return [chord for seed in range(count) for bar in expert.choose(ask(seed=seed, **wishes)) for chord in bar]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(REQUESTS)
def test_every_request_gets_whole_bars_of_one_or_two_chords_and_always_the_same(toy, request_):
    chosen = toy.choose(request_)
    assert toy.choose(request_) == chosen
    assert len(chosen) == request_.bars
    assert {len(bar) for bar in chosen} <= {1, 2}


@pytest.mark.parametrize("bars", [0, 65])
def test_too_few_or_too_many_bars_are_refused(toy, bars):
    with pytest.raises(ExpertError, match=str(bars)):
        toy.choose(ask(bars=bars))


def test_the_same_music_in_another_key_is_the_same_music(shipped):
    here, there = shipped.choose(ask(A_MINOR)), shipped.choose(ask(Key.parse("C#m")))
    assert [[(c.root + 4) % 12 for c in bar] for bar in here] == [[c.root for c in bar] for bar in there]


@pytest.mark.parametrize("key", [A_MINOR, C_MAJOR, Key.parse("F#m")])
def test_calm_harmony_stays_in_the_key(shipped, key):
    chords = chords_of(shipped, key=key, tension=0.1)
    dominant = (key.tonic + 7) % 12
    inside = [all(key.contains(tone) for tone in c.pitch_classes) or c.root == dominant for c in chords]
    assert np.mean(inside) >= 0.95


def test_tension_brings_colour_and_movement_away_from_home(shipped):
    calm, tense = (chords_of(shipped, tension=t) for t in (0.0, 1.0))

    def coloured(chords):
        return np.mean([len(QUALITIES[c.quality]) > 3 or c.quality.startswith("sus") for c in chords])

    assert coloured(tense) > coloured(calm) + 0.1
    assert np.mean([c.root == A_MINOR.tonic for c in tense]) < np.mean([c.root == A_MINOR.tonic for c in calm])
    assert len(tense) > len(calm)


def test_a_loop_of_four_bars_returns(shipped):
    still, moving = (
        np.mean([
            bars[:4] == bars[4:]
            for bars in (shipped.choose(ask(seed=seed, variation=v)) for seed in range(30))
        ])
        for v in (0.0, 1.0)
    )  # fmt: skip
    assert still >= 0.6
    assert moving < still


def test_within_a_section_the_loop_that_was_heard_goes_on(shipped):
    loop = tuple((Chord.parse(name),) for name in ("Am", "F", "C", "G"))
    kept = [shipped.choose(ask(seed=n, section_bar=8, past=loop * 2, variation=0.0)) == loop * 2 for n in range(20)]
    assert np.mean(kept) >= 0.6


def test_a_minor_section_mostly_begins_at_home(shipped):
    firsts = [shipped.choose(ask(seed=seed, tension=0.3))[0][0].root for seed in range(40)]
    assert np.mean([root == A_MINOR.tonic for root in firsts]) >= 0.5


def test_before_a_new_section_dominants_are_likelier(shipped):
    lasts = {
        cadence: [shipped.choose(ask(seed=s, cadence=cadence, variation=1.0))[-1][-1].root for s in range(60)]
        for cadence in (False, True)
    }
    share = {cadence: np.mean([root in {4, 7} for root in roots]) for cadence, roots in lasts.items()}
    assert share[True] > share[False]


def test_other_seeds_choose_other_chords(shipped):
    assert len({shipped.choose(ask(seed=seed)) for seed in range(10)}) >= 5


def test_one_bar_may_be_asked(shipped):
    assert len(shipped.choose(msgspec.structs.replace(ask(), bars=1))) == 1


def test_a_cadence_opens_the_last_bar_to_a_dominant(shipped):
    dominants = {(A_MINOR.tonic + step) % 12 for step in (7, 10)}
    closed, going = (
        np.mean([
            shipped.choose(ask(seed=seed, cadence=cadence, variation=0.0))[-1][-1].root in dominants
            for seed in range(30)
        ])
        for cadence in (True, False)
    )  # fmt: skip
    assert closed > going + 0.2
