import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.expert import HarmonyRequest
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.understudy import RuleHarmony
from tests.engines.understudy.making import GENRES, chords, keys

HARMONY = RuleHarmony(GENRES)


def ask(**values):
    given = {
        "genre": "uplifting",
        "section": "drop",
        "section_bar": 8,
        "tension": 0.5,
        "variation": 0.0,
        "key": Key.parse("Am"),
        "bars": 8,
    }
    return HARMONY.choose(HarmonyRequest(**{**given, **values}))


def loops(genre, mode, key):
    for loop in GENRES[genre].loops:
        if loop.mode == mode:
            yield [tuple(numeral.chord(key) for numeral in bar) for bar in parse_loop([loop.numerals])]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_request_gets_its_bars(data):
    past = data.draw(st.lists(st.lists(chords, min_size=1, max_size=4).map(tuple), max_size=16).map(tuple))
    bars = data.draw(st.integers(1, 16))
    chosen = ask(
        genre=data.draw(st.sampled_from([*GENRES, "polka"])),
        key=data.draw(keys),
        bars=bars,
        past=past,
        section_bar=data.draw(st.integers(0, 40)),
        variation=data.draw(st.floats(0, 1)),
        cadence=data.draw(st.booleans()),
        seed=data.draw(st.integers(0, 2**64 - 1)),
    )
    assert len(chosen) == bars
    assert {len(bar) for bar in chosen} <= {1, 2, 4}


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("name", ["Am", "Eb", "D dorian"])
def test_loops_of_the_keys_mode_repeat_over_the_phrase(genre, name):
    key = Key.parse(name)
    known = list(loops(genre, "minor" if key.is_minor else "major", key))
    for seed in range(10):
        chosen = list(ask(genre=genre, key=key, theme_seed=seed))
        assert chosen[:4] == chosen[4:]
        assert chosen[:4] in known


def test_weights_decide_how_often():
    first = next(iter(loops("uplifting", "minor", Key.parse("Am"))))
    share = sum(list(ask(theme_seed=seed))[:4] == first for seed in range(300)) / 300
    weights = [loop.weight for loop in GENRES["uplifting"].loops if loop.mode == "minor"]
    assert abs(share - weights[0] / sum(weights)) < 0.1


def test_a_running_loop_goes_on_where_it_was():
    for theme in range(20):  # whatever the theme of the piece, a loop that was told goes on
        loop = ask(theme_seed=1)
        assert ask(theme_seed=theme, past=loop[:4])[:4] == loop[4:]
        for heard in (5, 6, 7):
            assert ask(theme_seed=theme, past=loop[:heard])[: 8 - heard] == loop[heard:]


@pytest.mark.parametrize("genre", GENRES)
def test_a_section_brings_its_chords_back(genre):
    for theme in range(20):
        one, other = (
            ask(genre=genre, section_bar=0, theme_seed=theme, variation=1.0, seed=seed, past=past)
            for seed, past in ((1, ()), (2, ask(genre=genre, theme_seed=99, cadence=True)))
        )
        assert one == other


@pytest.mark.parametrize("genre", GENRES)
def test_without_variation_the_whole_piece_has_one_theme(genre):
    for theme in range(20):
        loops = {ask(genre=genre, section=name, section_bar=0, theme_seed=theme) for name in GENRES[genre].sections}
        assert len(loops) == 1
    own = [
        len({ask(genre=genre, section=name, theme_seed=theme, variation=1.0) for name in GENRES[genre].sections})
        for theme in range(20)
    ]
    assert max(own) > 1


@pytest.mark.parametrize("genre", GENRES)
def test_after_a_cadence_the_loop_of_the_section_begins_again(genre):
    for theme in range(20):
        loop = ask(genre=genre, theme_seed=theme)
        closed = ask(genre=genre, theme_seed=theme, cadence=True, seed=theme)
        assert ask(genre=genre, theme_seed=theme, past=closed, section_bar=16) == loop


def test_variation_brings_another_loop():
    loop = ask()
    changed = sum(ask(seed=seed, past=loop, variation=1.0) != loop for seed in range(50))
    assert 5 < changed < 45
    assert sum(ask(seed=seed, past=loop, variation=0.3) != loop for seed in range(50)) < 10


@pytest.mark.parametrize("genre", GENRES)
def test_a_section_ends_with_a_cadence(genre):
    key = Key.parse("Am")
    endings = [parse_loop([each.numerals]) for each in GENRES[genre].cadences if each.mode == "minor"]
    closes = {tuple(tuple(numeral.chord(key) for numeral in bar) for bar in ending) for ending in endings}
    for seed in range(10):
        chosen = ask(genre=genre, seed=seed, cadence=True)
        assert any(chosen[-len(close) :] == close for close in closes)


def test_a_cadence_fits_into_one_bar():
    assert len(ask(bars=1, cadence=True)) == 1


def test_harmony_needs_a_genre():
    with pytest.raises(ValueError, match="at least one genre"):
        RuleHarmony({})
