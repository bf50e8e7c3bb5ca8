from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from engines.codec import drums as codec
from engines.expert import ExpertError, Heard, Request, check_bars
from engines.library import Library
from engines.note import Bar, Note
from tests.engines.neural.toys import make_toy
from tests.engines.understudy.making import GENRES, make_plan

MODELS = Path(__file__).parents[3] / "models"
NOTES = st.lists(
    st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(30, 60), st.integers(1, 127)), max_size=20
)
UNIT = st.floats(0, 1, width=32)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return Library(folder).load(make_toy(folder, "drums"), "v1")


@pytest.fixture(scope="module")
def shipped():
    return Library(MODELS).load("drums-gru")


def play(expert, plans, seed=0):
    """The bars of drums that hear themselves."""
    heard, bars = [], []
    for plan in plans:
        request = Request(plan, ("drums",), tuple(heard[-8:]), seed=seed * 1000 + plan.index, phrase_seed=seed)
        bars.append(expert.write(request)["drums"])
        heard.append(Heard(plan, {"drums": bars[-1]}))
    return bars


def steps_of(bar, name):
    return np.flatnonzero(codec.encode(bar).hits[:, codec.CLASSES.index(name)]).tolist()


@st.composite
def requests(draw):
    index = draw(st.integers(0, 30))
    genre = draw(st.sampled_from(sorted(GENRES)))
    section = draw(st.sampled_from(sorted(GENRES[genre].sections)))

    def plan(n):
        tension = tuple(draw(UNIT) for _ in range(4))
        upcoming = draw(st.sampled_from([None, "drop", "breakdown"]))
        return make_plan(
            n,
            genre=genre,
            section=section,
            tension=tension,
            density=draw(UNIT),
            variation=draw(UNIT),
            upcoming=upcoming,
        )

    first = max(0, index - draw(st.integers(0, 8)))
    heard = tuple(
        Heard(plan(n), draw(st.sampled_from([{}, {"drums": Bar.of(draw(NOTES))}]))) for n in range(first, index)
    )
    start = draw(st.sampled_from([0, 480, 960, 1440, 700]))
    committed = {"drums": Bar.of(draw(NOTES))} if start else {}
    seeds = st.integers(0, 2**63)
    return Request(plan(index), ("drums",), heard, {}, committed, start, draw(seeds), draw(seeds))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests())
def test_every_request_gets_one_legal_bar_and_always_the_same(toy, request_):
    bars = toy.write(request_)
    assert toy.write(request_) == bars
    assert check_bars(request_, bars) == bars
    written = bars["drums"].since(request_.start).notes
    assert all(abs(note.onset - round(note.onset / 120) * 120) <= 60 for note in written)
    kit = set(GENRES[request_.plan.genre].kit.values()) | set(codec.KEYS)
    assert {note.pitch for note in written} <= kit


def test_what_has_sounded_is_not_played_again(toy):
    plan = make_plan(2)
    early = Bar.of([Note(0, 120, 36, 100), Note(945, 15, 36, 100)])  # the kick of the third beat, a little early
    bar = toy.write(Request(plan, ("drums",), committed={"drums": early}, start=950))["drums"]
    assert bar.before(950) == early.before(950)
    assert not [note for note in bar.notes if note.pitch == 36 and 950 <= note.onset < 1020]


def test_only_drums_are_written(toy):
    with pytest.raises(ExpertError, match="lead"):
        toy.write(Request(make_plan(), ("lead",)))


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_the_drop_stands_on_four_kicks_and_the_breakdown_on_none(shipped, genre):
    for bar in play(shipped, [make_plan(n, genre=genre, section="drop", tension=0.6) for n in range(4)]):
        assert steps_of(bar, "kick")[:: max(1, len(steps_of(bar, "kick")) // 4)][:4] == [0, 4, 8, 12]
    for bar in play(shipped, [make_plan(n, genre=genre, section="breakdown", tension=0.6) for n in range(4)]):
        groove = GENRES[genre].grooves[GENRES[genre].sections["breakdown"].drums[0]]
        assert "kick" in groove or steps_of(bar, "kick") == []


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_velocity_and_density_rise_with_tension(shipped, genre):
    plans = [make_plan(n, genre=genre, tension=n / 63, section_bars=64, variation=0.3) for n in range(64)]
    bars = play(shipped, plans)
    ramp = range(64)
    assert spearmanr(ramp, [np.mean([note.velocity for note in bar.notes]) for bar in bars])[0] >= 0.8
    assert spearmanr(ramp, [len(bar.notes) for bar in bars])[0] >= 0.8


def test_density_is_heard(shipped):
    sparse, busy = (
        sum(len(bar.notes) for bar in play(shipped, [make_plan(n, density=d) for n in range(8)])) for d in (0.0, 1.0)
    )
    assert busy >= 1.3 * sparse


def test_a_phrase_ends_with_something_else(shipped):
    bars = play(shipped, [make_plan(n, tension=0.6) for n in range(8)])
    turn, plain = (codec.encode(bars[n]).hits[12:] for n in (7, 6))
    assert not np.array_equal(turn, plain)


def test_a_build_rolls_the_snare_faster_and_faster(shipped):
    bars = play(shipped, [make_plan(n, section="build", section_bars=8, tension=n / 8) for n in range(8)])
    assert len(steps_of(bars[7], "snare")) >= 12 > len(steps_of(bars[0], "snare"))


def test_a_section_begins_with_a_cymbal(shipped):
    assert 0 in steps_of(play(shipped, [make_plan(0)])[0], "crash")


def test_no_variation_keeps_the_groove(shipped):
    bars = [codec.encode(bar).hits for bar in play(shipped, [make_plan(n, variation=0.0) for n in range(7)])]
    assert np.mean([np.array_equal(a, b) for a, b in pairwise(bars[2:])]) >= 0.5


def test_other_seeds_play_other_bars(shipped):
    plan = make_plan(3, variation=1.0)
    played = {shipped.write(Request(plan, ("drums",), seed=seed, phrase_seed=seed))["drums"] for seed in range(6)}
    assert len(played) > 1


def test_learned_timing_moves_hits_off_the_grid_but_not_the_kicks_as_a_whole(shipped):
    bars = play(shipped, [make_plan(n) for n in range(6)])
    late = {name: [] for name in codec.CLASSES}
    for bar in bars:
        for note in bar.notes:
            late[codec.CLASSES[codec.CLASS_OF[note.pitch]]].append(note.onset - round(note.onset / 120) * 120)
    assert any(late["closed_hat"] + late["open_hat"])
    assert abs(np.mean(late["kick"])) < 8


def test_a_broken_card_number_is_an_expert_error(toy):
    numbers = toy._numbers
    toy._numbers = {key: value for key, value in numbers.items() if key != "floor"}
    try:
        with pytest.raises(ExpertError, match="floor"):
            toy.write(Request(make_plan(), ("drums",)))
    finally:
        toy._numbers = numbers
