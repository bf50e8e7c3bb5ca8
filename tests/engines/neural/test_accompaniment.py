from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from engines.codec import accompaniment as codec
from engines.codec.accompaniment import MASK, VOICES
from engines.codec.lead import HOLD, PITCHES, REST
from engines.expert import ExpertError, Heard, Request, check_bars
from engines.library import Library
from engines.neural.accompanimentfill import Filling, Marks, Scene
from engines.neural.accompanimentframe import FREE, AccompanimentDecoding, Frame, frame_of
from engines.neural.gridsession import GridSession
from engines.note import Bar, Note
from engines.understudy.stage import Stage
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_BEAT, TICKS_PER_STEP
from tests.engines.neural.gridtoy import make_toy_accompaniment, toy_graph
from tests.engines.understudy.making import GENRES, make_plan, requests
from training.options import expert_config

NUMBERS = msgspec.convert(expert_config("accompaniment").decoding, AccompanimentDecoding)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return Library(folder).load(make_toy_accompaniment(folder), "v1")


@pytest.fixture(scope="module")
def session():
    return GridSession(toy_graph())


def ask(plan, voices=VOICES, **rest):
    return Request(plan, voices, **{"seed": 3, "phrase_seed": 5, **rest})


subsets = st.sets(st.sampled_from(VOICES), min_size=1).map(lambda found: tuple(v for v in VOICES if v in found))


@FEW
@given(requests(), subsets, st.booleans())
def test_every_subset_of_voices_is_written_legally_and_always_the_same(toy, request_, voices, lead):
    written = {"lead": Bar((Note(0, 480, 69, 90), Note(960, 960, 76, 90)))} if lead else {}
    asked = msgspec.structs.replace(request_, voices=voices, written=written)
    bars = toy.write(asked)
    assert tuple(bars) == voices
    assert check_bars(asked, bars) == bars
    assert toy.write(msgspec.structs.replace(asked, budget_ms=1.0)) == bars
    genre = GENRES.get(asked.plan.genre, next(iter(GENRES.values())))
    for voice, bar in bars.items():
        style = genre.voices[voice]
        new = bar.since(asked.start).notes
        assert all(style.low <= note.pitch <= style.high for note in new)
        if voice != "pad":
            assert len({note.onset for note in new}) == len(new)
        for note in new:
            if voice == "pad" or note.onset % TICKS_PER_BEAT == 0:
                assert asked.plan.chord_at(note.onset).contains(note.pitch)


def test_other_voices_are_refused(toy):
    for voices in ((), ("lead",), ("bass", "drums")):
        with pytest.raises(ExpertError, match="writes bass, arp, pad"):
            toy.write(ask(make_plan(), voices))


def test_what_has_sounded_stays_and_nothing_is_written_before_the_start(toy):
    plan = make_plan(5)
    whole = toy.write(ask(plan))
    for start in (1, 480, 700, 1900):
        committed = {voice: bar.before(start) for voice, bar in whole.items()}
        again = toy.write(ask(plan, committed=committed, start=start, seed=99))
        for voice in VOICES:
            assert again[voice].before(start) == committed[voice]
            assert all(note.onset >= start for note in again[voice].since(start).notes)


def test_what_others_wrote_and_what_was_heard_matters(toy):
    plan = make_plan(4)
    lead = Bar((Note(0, 1920, 76, 90),))
    history = tuple(Heard(make_plan(n), toy.write(ask(make_plan(n), seed=n + 50))) for n in range(4))
    plain, sung, past = (
        toy.write(ask(plan, ("arp",), **rest)) for rest in ({}, {"written": {"lead": lead}}, {"history": history})
    )
    assert plain != sung
    assert plain != past


def test_the_arp_never_rubs_against_the_lead(toy):
    for number in range(8):
        plan = make_plan(number)
        lead = Bar((Note(0, 1920, 76 - number, 90),))
        (bar,) = toy.write(ask(plan, ("arp",), seed=number, written={"lead": lead})).values()
        for note in bar.notes:
            free = [p for p in plan.chord_at(note.onset).pitch_classes if (p - lead.notes[0].pitch) % 12 not in (1, 11)]
            assert (note.pitch - lead.notes[0].pitch) % 12 not in (1, 11) or not free


def test_pads_are_struck_at_the_bar_line_and_at_every_change(toy):
    first, second = make_plan(0).chords[0], make_plan(1).chords[0]
    plan = make_plan(chords=(first, first, second, second))
    for seed in range(8):
        bar = toy.write(ask(plan, ("pad",), seed=seed))["pad"]
        assert {0, 960} <= {note.onset for note in bar.notes} | {n.onset for n in bar.notes if n.end > 960}
        assert 0 in {note.onset for note in bar.notes}
        assert all(plan.chord_at(tick).contains(n.pitch) for n in bar.notes for tick in (n.onset, n.end - 1))


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_the_genres_bass_stays_recognisable(toy, genre):
    from tests.engines.understudy.making import RULES

    shared, total = 0, 0
    for number in range(16):
        request = ask(make_plan(number, genre=genre), ("bass",), seed=number)
        ours, theirs = ({n.onset for n in expert.write(request)["bass"].notes} for expert in (toy, RULES))
        shared, total = shared + len(ours & theirs), total + len(ours | theirs)
    assert shared >= 0.8 * total


@pytest.mark.parametrize("voice", VOICES)
def test_tension_is_heard(toy, voice):
    levels = [n / 31 for n in range(32)]
    bars = [
        toy.write(ask(make_plan(n, tension=x, chords=make_plan(0).chords), (voice,), seed=n))[voice]
        for n, x in enumerate(levels)
    ]
    loud = [np.mean([note.velocity for note in bar.notes]) for bar in bars]
    high = [np.mean([note.pitch for note in bar.notes]) for bar in bars]
    assert spearmanr(levels, loud)[0] > 0.9
    assert spearmanr(levels, high)[0] > 0.6
    assert spearmanr(levels, [len(bar.notes) for bar in bars])[0] > 0.6


def frames_for(plan, settled=None):
    stages = {voice: Stage.of(ask(plan), voice, GENRES[plan.genre]) for voice in VOICES}
    silent = np.full(STEPS_PER_BAR, -1)
    frames = {voice: frame_of(stage, silent, NUMBERS) for voice, stage in stages.items()}
    if settled is not None:
        frames = {v: Frame(f.allowed, f.bias, settled, f.temperature) for v, f in frames.items()}
    return frames


@FEW
@given(st.integers(1, 9), st.integers(0, 2**32), st.integers(0, STEPS_PER_BAR))
def test_the_bar_is_valid_after_every_pass(session, passes, seed, until):
    settled = np.where(np.arange(STEPS_PER_BAR) < until, REST, FREE)
    frames = frames_for(make_plan(1), settled)
    scene = Scene(
        codec.untold(),
        np.full((2, STEPS_PER_BAR), MASK),
        np.stack([codec.untold()] * 3),
        np.zeros((2, STEPS_PER_BAR, codec.FEATURES), np.float32),
    )
    unknown = []
    for cells in Filling(session, scene, frames, Marks.of(np.random.default_rng(seed), passes), NUMBERS).passes():
        known = cells.tokens != MASK
        unknown.append((~known).sum())
        assert (cells.tokens[:, :until] == REST).all()
        for row, voice in enumerate(VOICES):
            for step in range(until, STEPS_PER_BAR):
                assert not known[row, step] or frames[voice].allowed[step, cells.tokens[row, step]]
            line = cells.tokens[row, max(0, until - 1) :]
            assert not any(a == REST and b == HOLD for a, b in pairwise(line))
    assert len(unknown) == passes
    assert unknown[-1] == 0
    assert sorted(unknown, reverse=True) == unknown


def test_a_frame_leaves_every_cell_a_choice_and_keeps_its_range():
    for genre, section in (("uplifting", "drop"), ("house", "breakdown")):
        plan = make_plan(3, genre=genre, section=section)
        for voice, frame in frames_for(plan).items():
            style, midi = GENRES[genre].voices[voice], codec.pitches(voice, plan.key.relative_major)
            assert frame.allowed.any(-1).all()
            assert not frame.allowed[0, HOLD]
            for step, token in np.argwhere(frame.allowed[:, :PITCHES]):
                assert style.low <= midi[token] <= style.high
                if step % STEPS_PER_BEAT == 0:
                    assert plan.chord_at(step * TICKS_PER_STEP).contains(int(midi[token]))


def test_a_broken_card_number_is_refused(tmp_path):
    from engines.library import LibraryError

    with pytest.raises(LibraryError, match="nonsense"):
        Library(tmp_path).load(make_toy_accompaniment(tmp_path, nonsense=1), "v1")


def test_pitches_near_the_voices_already_written_are_leant_against():
    asked = ask(make_plan(), written={"lead": Bar((Note(0, 960, 76, 90),))})
    stage = Stage.of(asked, "arp", GENRES[asked.plan.genre])
    silent = np.full(STEPS_PER_BAR, -1, np.int64)
    free, clear = (frame_of(stage, silent, msgspec.structs.replace(NUMBERS, clear_arp=x)).bias for x in (0, 3))
    midi = codec.pitches("arp", asked.plan.key.relative_major)
    near = np.zeros_like(free, bool)
    near[:8, :PITCHES] = np.abs(midi - 76) <= NUMBERS.near
    assert near.any()
    assert np.allclose(free - clear, 3 * near, atol=1e-4)
