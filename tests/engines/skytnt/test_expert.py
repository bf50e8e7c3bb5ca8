from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.composer import Score, compose
from engines.expert import ExpertError, Heard, Request, check_bars
from engines.legal import legal
from engines.neural.probe import probe_plan, probe_request
from engines.note import Bar, Note
from engines.skytnt import Setting, open_skytnt
from engines.skytnt.expert import SkyTNT
from engines.skytnt.score import bars_of, moments_in
from engines.skytnt.session import Model
from engines.skytnt.tokens import FIRST_ROW, V2
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.scale import chord_scale
from engines.units import VOICES
from tests.engines.band import GENRES, answer, control
from tests.engines.skytnt.test_session import parts_of
from tests.engines.skytnt.toy import make_toy

CHORDS = [Chord.parse(name) for name in ("Am", "F", "E7", "Bb", "C#dim7", "Gsus4", "Dm7/C", "A5")]
NOTES = st.lists(
    st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(30, 100), st.integers(1, 127)), max_size=8
)
BARS = st.dictionaries(st.sampled_from(VOICES), NOTES.map(Bar.of), max_size=5)


@pytest.fixture(scope="module", params=["v1", "v2"])
def expert(request, tmp_path_factory):
    return open_skytnt(make_toy(tmp_path_factory.mktemp("toy"), request.param))


@st.composite
def requests(draw):
    index = draw(st.integers(0, 12))
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from(sorted(MODES))))
    unit = st.floats(0, 1, width=32)

    def plan(n):
        return msgspec.structs.replace(
            probe_plan(n),
            genre=draw(st.sampled_from(sorted(GENRES))),
            key=key,
            chords=tuple(draw(st.sampled_from(CHORDS)) for _ in range(4)),
            tension=tuple(draw(unit) for _ in range(4)),
            variation=draw(unit),
            upcoming=draw(st.sampled_from([None, "drop"])),
            active=tuple(draw(st.lists(st.sampled_from(VOICES), min_size=1, unique=True))),
            bpm=draw(st.sampled_from([20.0, 140.0, 400.0])),
        )

    heard = tuple(Heard(plan(n), draw(BARS)) for n in range(max(0, index - draw(st.integers(0, 4))), index))
    voices = tuple(draw(st.lists(st.sampled_from(VOICES), min_size=1, max_size=5, unique=True)))
    start = draw(st.sampled_from([0, 0, 480, 1440, 700, 1919]))
    committed = {voice: Bar.of(draw(NOTES)) for voice in voices} if start else {}
    return Request(plan(index), voices, heard, draw(BARS), committed, start, draw(st.integers(0, 2**63 - 1)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests())
def test_every_request_gets_legal_bars_under_the_masks_and_always_the_same(expert, request_):
    bars = expert.write(request_)
    assert expert.write(request_) == bars
    assert check_bars(request_, bars) == bars
    assert set(bars) == set(request_.voices)
    plan, genre = request_.plan, GENRES[request_.plan.genre]
    for voice, bar in bars.items():
        written = bar.since(request_.start).notes
        if voice == "drums":
            assert {note.pitch for note in written} <= set(genre.kit.values())
            assert all(
                (note.onset + 60) % 120 in {30, 60, 90} for note in written
            )  # a quarter step early or late at most
            continue
        assert all(note.onset % 120 == 0 for note in written)
        assert all(genre.voices[voice].low <= note.pitch <= genre.voices[voice].high for note in written)
        for note in written:
            chord = plan.chord_at(note.onset)
            tones = chord.pitch_classes if voice == "pad" else chord_scale(chord, plan.key)
            if voice in {"bass", "arp"} and note.onset % 480 == 0:
                tones = chord.pitch_classes
            assert note.pitch % 12 in tones
        most = 4 if voice == "pad" else 1
        assert all(sum(n.onset == note.onset for n in written) <= most for note in written)
        if voice in {"lead", "bass"}:
            assert all(a.end <= b.onset for a, b in pairwise(written))
        assert all(note.end <= (1920 if plan.upcoming else 2400) for note in written)


def test_bars_are_not_all_silent(expert):
    for voice in VOICES:
        written = [expert.write(probe_request((voice,), seed))[voice].notes for seed in range(12)]
        assert sum(map(bool, written)) >= 3, voice
        assert len(set(written)) > 3, voice


def test_voices_are_written_together_when_asked_together(expert):
    bars = [expert.write(probe_request(VOICES, seed)) for seed in range(12)]
    assert any(sum(bool(bar.notes) for bar in found.values()) >= 3 for found in bars)
    assert all(set(found) == set(VOICES) for found in bars)


def test_the_memory_of_earlier_requests_changes_nothing(expert, tmp_path):
    history, asked = (), []
    for n in range(10):
        written = {}
        for voice in ("lead", "bass", "drums"):
            asked.append(Request(probe_plan(n), (voice,), history, dict(written), seed=n))
            written |= expert.write(asked[-1])
        history = (*history, Heard(probe_plan(n), written))[-8:]
    fresh = open_skytnt(make_toy(tmp_path, expert.version[:2]))
    for request in asked[-6:]:
        fresh._memory.kept.clear()
        assert fresh.write(request) == expert.write(request)


def test_what_was_heard_and_written_is_heard(expert):
    other = Bar(tuple(Note(step * 120, 120, 76, 110) for step in range(16)))
    plain, changed = [], []
    for seed in range(12):
        request = probe_request(("lead",), seed)
        plain.append(expert.write(request))
        written = expert.write(msgspec.structs.replace(request, written={"bass": other}))
        heard = expert.write(msgspec.structs.replace(request, history=(Heard(probe_plan(4), {"arp": other}),)))
        changed.append((written, heard))
    assert plain != [written for written, _ in changed]
    assert plain != [heard for _, heard in changed]


class Listening(Model):
    """A model that keeps what it was told to read."""

    def read(self, rows, past):
        after = super().read(rows, past)
        self.heard = {**getattr(self, "heard", {}), after.rows: (past.rows, tuple(rows))} if rows else self.heard
        return after


def test_the_model_hears_the_band_as_one_file_in_order(tmp_path):
    model = Listening(*parts_of(make_toy(tmp_path)), V2)
    expert = SkyTNT(model, Setting(), GENRES, "toy", "v2-0")
    lead = Bar((Note(0, 240, 76, 90), Note(960, 480, 72, 80)))
    bass = Bar((Note(0, 480, 45, 100), Note(480, 480, 45, 100)))
    drums = Bar((Note(30, 120, 36, 120), Note(1890, 120, 42, 60)))
    history = tuple(Heard(probe_plan(n), {"lead": lead, "bass": bass}) for n in (4, 5))
    expert.write(Request(probe_plan(6), ("pad",), history, {"lead": bass, "drums": drums}, seed=5))
    rows, at = [], 0
    while nexts := [(end, found) for end, (begin, found) in model.heard.items() if begin == at]:
        at, found = max(nexts)
        rows += found
    assert rows[0] == FIRST_ROW
    moments = moments_in(rows[1:], V2, 0)
    assert [each.place for each in moments] == sorted(each.place for each in moments)
    kinds = [each.kind for each in moments]
    assert kinds.count("time_signature") == kinds.count("set_tempo") == kinds.count("key_signature") == 1
    assert kinds.count("patch_change") == len(VOICES)
    for number in (0, 1):
        found = bars_of([each for each in moments if each.time // 64 == number], number * 64)
        assert (found["lead"], found["bass"], found["drums"]) == (lead, bass, Bar())
    now = bars_of([each for each in moments if each.time // 64 == 2], 128)
    last = max((note.onset for note in now["pad"].notes), default=0)
    assert now["lead"].before(last) == bass.before(last)
    assert now["drums"].before(last) == drums.before(last)


def test_a_band_of_it_plays_what_the_composer_asks(expert):
    """Eight bars, each chair asked in turn, with the conductor's chords and one change of section."""

    def perform():
        score, found = Score(), []
        for number in range(8):
            wish = control(section="build" if number < 4 else "drop", genre="uplifting")
            composition = compose(score, wish, GENRES["uplifting"], 138.0)
            ask = next(composition)
            try:
                while True:
                    wanted = expert.write(ask.request) if isinstance(ask.request, Request) else answer(ask.request)
                    ask = composition.send(legal(ask, wanted))
            except StopIteration as done:
                found.append(done.value)
            score = found[-1].score
        return found

    bars = perform()
    assert perform() == bars
    for voice in VOICES:
        assert any(each.bars[voice].notes for each in bars), voice


def test_what_rings_is_waited_for_and_no_single_line_overlaps_it(expert):
    long = Bar((Note(1680, 1200, 69, 90),))
    for seed in range(10):
        request = Request(probe_plan(5), ("lead",), (Heard(probe_plan(4), {"lead": long}),), seed=seed)
        assert all(note.onset >= 960 for note in expert.write(request)["lead"].notes)


def test_a_budget_in_events_gives_up_and_never_writes_other_notes(tmp_path):
    folder = make_toy(tmp_path)
    free = open_skytnt(folder)
    counting = open_skytnt(folder, Setting(event_ms=1.0))
    request = probe_request(("drums",), 3)
    outcomes = set()
    for budget in (1.0, 20.0, 10_000.0):
        asked = msgspec.structs.replace(request, budget_ms=budget)
        try:
            assert counting.write(asked) == free.write(asked)
            outcomes.add("written")
        except ExpertError as error:
            assert "budget" in str(error)
            outcomes.add("given up")
    assert outcomes == {"written", "given up"}


def test_events_are_bounded(tmp_path):
    expert = open_skytnt(make_toy(tmp_path), Setting(events=2))
    for seed in range(10):
        alone = msgspec.structs.replace(probe_plan(5), active=("drums",))
        assert len(expert.write(Request(alone, ("drums",), seed=seed))["drums"].notes) <= 2


def test_a_context_too_small_drops_the_oldest_bars_and_says_when_none_is_left(tmp_path):
    graphs = parts_of(make_toy(tmp_path))
    small, large = Listening(*graphs, V2), Listening(*graphs, V2)
    expert = SkyTNT(small, Setting(context=100, events=4), GENRES, "toy", "v2-0")
    full = Bar(tuple(Note(step * 120, 120, 60 + step, 90) for step in range(16)))
    busy = Bar.of((*full.notes, *(msgspec.structs.replace(note, pitch=note.pitch + 24) for note in full.notes)))
    history = tuple(Heard(probe_plan(n), {"lead": full, "arp": full}) for n in (4, 5, 6, 7))
    alone = msgspec.structs.replace(probe_plan(8), active=("bass",))
    request = Request(alone, ("bass",), history, seed=1)
    bars = expert.write(request)
    assert bars == expert.write(msgspec.structs.replace(request, history=history[-2:]))
    assert SkyTNT(large, Setting(events=4), GENRES, "toy", "v2-0").write(request)
    assert max(small.heard) <= 100 < max(large.heard)
    with pytest.raises(ExpertError, match="events of this bar are known, 96 fit the context"):
        expert.write(msgspec.structs.replace(request, written=dict.fromkeys(("lead", "arp", "pad", "drums"), busy)))


def test_strange_voices_are_refused_and_failures_inside_are_expert_errors(expert, monkeypatch):
    for voices in ((), ("flute",), ("lead", "flute")):
        with pytest.raises(ExpertError, match="writes lead, bass, arp, pad, drums, not"):
            expert.write(Request(probe_plan(), voices))

    def broken(*_):
        raise RuntimeError("native trouble")

    monkeypatch.setattr(expert._model, "read", broken)
    with pytest.raises(ExpertError, match="skytnt: RuntimeError: native trouble"):
        expert.write(probe_request(("lead",), 99))


def test_more_activity_means_more_notes(expert):
    counts = []
    for tension in (0.0, 1.0):
        plan = msgspec.structs.replace(probe_plan(5, tension), density=dict.fromkeys(VOICES, tension), energy=tension)
        counts.append(sum(len(expert.write(Request(plan, ("arp",), seed=n))["arp"].notes) for n in range(24)))
    assert counts[0] < counts[1]


def test_velocities_lie_around_the_wish(expert):
    means = []
    for tension in (0.0, 1.0):
        plan = msgspec.structs.replace(probe_plan(5, tension), energy=tension)
        found = [
            n.velocity for seed in range(20) for n in expert.write(Request(plan, ("drums",), seed=seed))["drums"].notes
        ]
        means.append(sum(found) / len(found))
    assert means[1] > means[0] + 10
