from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.expert import ExpertError
from engines.form import Visit, ask, closes
from engines.formplan import plan_form
from engines.library import Library, LibraryError
from tests.engines.band import GENRES
from tests.engines.neural.toys import make_toy

GENRE = GENRES["uplifting"]
UNIT = st.floats(0, 1, width=32)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    make_toy(folder, "form")
    make_toy(folder, "harmony")
    return Library(folder)


@pytest.fixture(scope="module")
def toy(shelf):
    return shelf.load_form("form-gru", "v1")


def visit(section):
    drawn = GENRE.sections[section]
    return Visit(section, drawn.bars, drawn.energy, drawn.tension)


VISITS = st.lists(
    st.builds(Visit, st.sampled_from(sorted(GENRE.sections)), st.integers(1, 300), UNIT, st.tuples(UNIT, UNIT)),
    max_size=80,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(GENRES)), VISITS.map(tuple), st.none() | st.integers(1, 2000), st.integers(0, 2**62))
def test_any_past_gives_an_open_section_on_the_grid(toy, name, past, total, seed):
    request = ask(GENRES[name], past, total=total, seed=seed)
    found = toy.choose(request)
    assert found.section in request.open
    assert found.bars % GENRES[name].phrase_bars == 0
    assert found.bars > 0
    assert 0 <= found.energy <= 1
    assert all(0 <= tension <= 1 for tension in found.tension)
    assert toy.choose(request) == found


def test_the_genres_weights_are_heard_through_the_network(toy):
    request = ask(GENRE, (visit("drop"),), total=None, seed=0)
    rare = replace(request, open={"breakdown": 1e-6, "outro": 1.0})
    found = Counter(toy.choose(replace(rare, seed=seed)).section for seed in range(50))
    assert found == {"outro": 50}


def test_lengths_stay_about_the_genres_own(toy):
    request = ask(GENRE, (visit("build"),), total=None, seed=0)
    bars = [toy.choose(replace(request, seed=seed)).bars for seed in range(300)]
    own = GENRE.sections["drop"].bars
    assert Counter(bars).most_common(1)[0][0] == own
    assert sum(length in {own // 2, own, own * 2} for length in bars) > 180
    assert len(set(bars)) > 2


def test_energy_and_tension_climb_through_the_piece(toy):
    early = toy.choose(ask(GENRE, (visit("build"),), total=400, seed=1))
    late = toy.choose(ask(GENRE, (visit("build"),) * 49, total=400, seed=1))
    drawn = GENRE.sections["drop"]
    assert early.energy < late.energy <= drawn.energy
    assert early.tension < late.tension <= drawn.tension


def test_nothing_open_is_the_experts_error(toy):
    with pytest.raises(ExpertError, match="form-gru"):
        toy.choose(replace(ask(GENRE, (), total=None, seed=0), open={}))


def test_a_whole_plan_closes_and_is_the_same_for_the_same_seed(toy):
    plan = plan_form(GENRE, 212, 5, toy)
    assert plan == plan_form(GENRE, 212, 5, toy)
    assert sum(each.bars for each in plan) == 212
    assert closes(plan[-1].section)


def test_a_form_expert_is_loaded_as_such_only(shelf):
    assert shelf.card("form-gru", "v1").kind == "form"
    for load, name, does in (
        (shelf.load, "form-gru", "chooses sections and writes no voices"),
        (shelf.load_harmony, "form-gru", "chooses sections and chooses no chords"),
        (shelf.load_form, "harmony-gru", "chooses chords and chooses no sections"),
    ):
        with pytest.raises(LibraryError, match=does):
            load(name, "v1")


def test_the_shipped_form_beats_its_baseline_and_ends_its_pieces_in_time():
    library = Library(Path(__file__).parents[3] / "models")
    figures, shipped = library.card("form-gru").metrics, library.load_form("form-gru")
    baselines = [value for name, value in figures.items() if name.startswith("form.ngram") and name.endswith(".nll")]
    assert figures["form.nll"] < min(baselines)
    bars = sorted(sum(each.bars for each in plan_form(GENRE, None, seed, shipped)) for seed in range(40))
    assert 100 < bars[4] < bars[36] < 400
    assert len({plan_form(GENRE, 208, seed, shipped) for seed in range(10)}) > 6
