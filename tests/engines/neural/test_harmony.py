from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.codec.harmony import chord_token
from engines.expert import ExpertError, HarmonyRequest
from engines.genre import load_genres
from engines.library import Library
from engines.neural.idiom import FAMILY
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.numeral import in_key, parse_loop
from engines.theory.quality import QUALITIES
from tests.engines.neural.toys import make_toy

MODELS = Path(__file__).parents[3] / "models"
CHORD = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
BAR = st.sampled_from([1, 2, 4]).flatmap(lambda count: st.tuples(*[CHORD] * count))
UNIT = st.floats(0, 1, width=32)
A_MINOR, C_MAJOR = Key.parse("Am"), Key.parse("C")

GENRES = load_genres(Path(__file__).parents[3] / "configs" / "genres")

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
    theme_seed=st.integers(0, 2**63),
    loops=st.sampled_from([(), *(genre.loops for genre in GENRES.values())]),
    cadences=st.sampled_from([(), *(genre.cadences for genre in GENRES.values())]),
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
        "bars": 8, "seed": seed, "theme_seed": seed, **rest,
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


def test_tension_colours_a_theme_that_stays(shipped):
    calm, tense = (chords_of(shipped, tension=t) for t in (0.0, 1.0))

    def coloured(chords):
        return np.mean([len(QUALITIES[c.quality]) > 3 or c.quality.startswith("sus") for c in chords])

    assert coloured(tense) > coloured(calm) + 0.1
    assert [c.root for c in tense] == [c.root for c in calm]


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


def told(genre):
    return {"genre": genre, "loops": GENRES[genre].loops, "cadences": GENRES[genre].cadences}


def changes_in_loops(expert, genre, of):
    """Share of the changes of triads, chosen for a genre, that are in the loops of another."""
    known = set()
    for loop in (each for each in GENRES[of].loops if each.mode == "minor"):
        around = [int(FAMILY[chord_token(in_key(bar[0], A_MINOR), A_MINOR)]) for bar in parse_loop([loop.numerals]) * 2]
        known |= set(pairwise(around))
    found = []
    for seed in range(12):
        bars = expert.choose(ask(seed=seed, **told(genre)))
        families = [int(FAMILY[chord_token(chord, A_MINOR)]) for bar in bars for chord in bar]
        found += [pair in known for pair in pairwise(families) if pair[0] != pair[1]]
    return np.mean(found)


@pytest.mark.parametrize("name", ["harmony-gru", "harmony-ngram"])
def test_a_genre_has_its_own_chords(name):
    expert = Library(MODELS).load_harmony(name)
    for genre, other in (("psytrance", "progressive"), ("house", "psytrance"), ("uplifting", "techtrance")):
        assert changes_in_loops(expert, genre, genre) > changes_in_loops(expert, genre, other) + 0.1


def test_house_wears_sevenths_and_psytrance_may_stay_where_it_is(shipped):
    house, psytrance = (chords_of(shipped, tension=0.5, **told(genre)) for genre in ("house", "psytrance"))
    sevenths = [np.mean([len(QUALITIES[c.quality]) > 3 for c in chords]) for chords in (house, psytrance)]
    assert sevenths[0] > sevenths[1] + 0.3
    still = [
        len({chord for bar in shipped.choose(ask(seed=s, **told("psytrance"))) for chord in bar}) for s in range(30)
    ]
    assert 1 in still


@given(st.sampled_from(sorted(GENRES)), st.integers(0, 2**32), st.sampled_from(["intro", "breakdown", "drop"]), UNIT)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_section_begins_with_the_theme_whatever_was_heard_and_however_tense(shipped, genre, theme, section, tension):
    wish = {"theme_seed": theme, "variation": 0.0, **told(genre)}
    first = shipped.choose(ask(section="intro", tension=0.3, **wish))
    past = shipped.choose(ask(seed=1, theme_seed=theme + 1, variation=1.0, cadence=True))
    later = shipped.choose(ask(section=section, seed=2, tension=tension, past=past, **wish))
    on = shipped.choose(ask(section=section, seed=3, section_bar=8, tension=tension, past=(*past, *later), **wish))
    assert roots(first) == roots(later) == roots(on)


def roots(bars):
    return [chord.root for bar in bars for chord in (bar * 2)[:2]]


def test_after_a_cadence_within_a_section_the_theme_goes_on(shipped):
    wish = {"theme_seed": 3, "variation": 0.0, **told("uplifting")}
    theme, closed = (shipped.choose(ask(cadence=cadence, **wish)) for cadence in (False, True))
    assert roots(closed)[:8] == roots(theme)[:8]
    assert roots(shipped.choose(ask(section_bar=8, past=closed, seed=9, **wish))) == roots(theme)


def test_variation_gives_sections_themes_of_their_own_and_answers(shipped):
    def distinct(variation):
        wish = {"variation": variation, **told("uplifting")}
        sections = ("intro", "breakdown", "drop", "outro")
        return [
            len({tuple(roots(shipped.choose(ask(theme_seed=n, section=s, **wish)))) for s in sections})
            for n in range(10)
        ]

    assert distinct(0.0) == [1] * 10
    assert np.mean(distinct(1.0)) > 1.5


def test_a_genre_closes_with_its_own_cadences(shipped):
    lasts = [shipped.choose(ask(seed=s, cadence=True, **told("psytrance")))[-1][-1].root for s in range(30)]
    assert np.mean([(root - A_MINOR.tonic) % 12 in {1, 10} for root in lasts]) > 0.6
