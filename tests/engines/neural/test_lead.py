from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.expert import ExpertError, Heard, Request, check_bars
from engines.library import Library
from engines.neural.probe import probe_plan, probe_request
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from tests.engines.neural.toy import make_toy_lead, toy_cache

CHORDS = [Chord.parse(name) for name in ("Am", "F", "E7", "Bb", "C#dim7", "Gsus4", "Dm7/C")]
NOTES = st.lists(
    st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(30, 100), st.integers(1, 127)), max_size=12
)


GRAPHS = {"state": None, "cache": toy_cache()}


@pytest.fixture(scope="module", params=GRAPHS)
def graph(request):
    return GRAPHS[request.param]


@pytest.fixture(scope="module")
def lead(tmp_path_factory, graph):
    folder = tmp_path_factory.mktemp("models")
    make_toy_lead(folder, graph=graph)
    return Library(folder).load("lead-gru")


@st.composite
def requests(draw):
    index = draw(st.integers(0, 30))
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from(sorted(MODES))))
    unit = st.floats(0, 1, width=32)

    def plan(n):
        return msgspec.structs.replace(
            probe_plan(n),
            key=key,
            chords=tuple(draw(st.sampled_from(CHORDS)) for _ in range(4)),
            tension=tuple(draw(unit) for _ in range(4)),
            density=draw(st.sampled_from([{}, {"lead": 0.0}, {"lead": 1.0}])),
            variation=draw(unit),
            upcoming=draw(st.sampled_from([None, "drop"])),
        )

    heard = tuple(
        Heard(plan(n), draw(st.sampled_from([{}, {"lead": Bar.of(draw(NOTES))}])))
        for n in range(max(0, index - draw(st.integers(0, 3))), index)
    )
    start = draw(st.sampled_from([0, 480, 960, 1440, 700]))
    committed = {"lead": Bar.of(draw(NOTES))} if start else {}
    return Request(
        plan(index), ("lead",), heard, {}, committed, start, draw(st.integers(0, 2**63)), draw(st.integers(0, 9)),
        draw(st.sampled_from([1.0, 100.0])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests())
def test_every_request_gets_one_legal_bar_and_always_the_same(lead, request_):
    bars = lead.write(request_)
    assert lead.write(request_) == bars
    assert check_bars(request_, bars) == bars
    written = bars["lead"].since(request_.start).notes
    assert all(n.onset % 120 == 0 for n in written)
    assert all(a.end <= b.onset for a, b in pairwise(written))
    key, plan = request_.plan.key, request_.plan
    foreign = [n for n in written if not (key.contains(n.pitch) or plan.chord_at(n.onset).contains(n.pitch))]
    assert len(foreign) <= 1 + sum(not key.contains(tone) for c in plan.chords for tone in c.pitch_classes)
    assert all(55 <= n.pitch <= 91 for n in written)
    assert all(plan.chord_at(n.onset).contains(n.pitch) or key.contains(n.pitch) for n in written if n.onset % 480 == 0)


def test_the_memory_of_earlier_requests_changes_nothing(lead, graph, tmp_path):
    make_toy_lead(tmp_path, graph=graph)
    history = ()
    requests_ = []
    for n in range(12):
        request = Request(probe_plan(n), ("lead",), history, seed=n, phrase_seed=3)
        requests_.append(request)
        history = (*history, Heard(request.plan, lead.write(request)))[-8:]
    fresh = [Library(tmp_path).load("lead-gru").write(request) for request in requests_[8:]]
    assert fresh == [lead.write(request) for request in requests_[8:]]


def test_other_seeds_give_other_bars(lead):
    bars = {repr(lead.write(probe_request(("lead",), seed))) for seed in range(12)}
    assert len(bars) > 6


def test_notes_that_ring_over_the_line_are_waited_for(lead):
    long = Bar((Note(1680, 1200, 69, 90),))
    for seed in range(10):
        request = Request(probe_plan(5), ("lead",), (Heard(probe_plan(4), {"lead": long}),), seed=seed)
        notes = lead.write(request)["lead"].notes
        assert all(n.onset >= 960 for n in notes)


def test_a_note_never_rings_into_another_section(lead):
    plan = msgspec.structs.replace(probe_plan(5), upcoming="drop")
    for seed in range(20):
        notes = lead.write(Request(plan, ("lead",), seed=seed))["lead"].notes
        assert all(n.end <= 1920 for n in notes)


def test_other_voices_are_refused(lead):
    for voices in (("bass",), ("lead", "bass"), ()):
        with pytest.raises(ExpertError, match="lead and nothing else"):
            lead.write(Request(probe_plan(), voices))


def test_failures_inside_are_expert_errors(lead, monkeypatch):
    def broken(*_):
        raise RuntimeError("native trouble")

    monkeypatch.setattr(lead.session, "hear", broken)
    monkeypatch.setattr(lead.session, "step", broken)
    with pytest.raises(ExpertError, match="native trouble"):
        lead.write(Request(probe_plan(400), ("lead",), seed=77))
