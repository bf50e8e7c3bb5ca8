import msgspec
import numpy as np
import pytest

from engines.codec.lead import HOLD, REST, pitch_token
from engines.expert import Heard, Request
from engines.neural.around import Around
from engines.neural.critic import KINDS
from engines.neural.draft import Brief, Draft
from engines.neural.probe import probe_plan
from engines.neural.ranking import TERMS, Choice, best, overlap, strained
from engines.neural.wish import LeadDecoding, register_bias, tones_of, wish_of
from engines.note import Bar, Note

PLAN, NUMBERS = probe_plan(), LeadDecoding()
QUIET = LeadDecoding(**{f"rank_{name}": 0.0 for name in TERMS})


def brief(motif=None, faith=1.0):
    wish = wish_of(PLAN, NUMBERS)
    nothing = (None,) * 16
    return Brief(
        np.zeros((1, 16, 1), np.float32), tones_of(PLAN, NUMBERS), wish, register_bias(wish, 0, 6), nothing,
        np.zeros((16, 2, 2)), 30, motif, faith,
    )  # fmt: skip


def around(tension=0.5, written=None, heard=()):
    return Around(Request(probe_plan(tension=tension), ("lead",), heard, written=written or {}), heard)


def draft(*rows, likelihood=(0.0, 0.0)):
    tokens = np.array(rows)
    return Draft(tokens, np.zeros_like(tokens), np.array(likelihood, np.float32), None, None)


def line(pitch, *steps):
    tokens = [REST] * 16
    for step in steps:
        tokens[step] = pitch_token(pitch, 0)
    return tokens


def chosen(made, told=None, where=None, critic=None, **weights):
    numbers = msgspec.structs.replace(QUIET, **weights)
    return best(Choice(made, told or brief(), numbers, where or around(), critic))


def test_each_weight_prefers_what_it_names():
    few, many = line(69, 0), line(69, 0, 2, 4, 6, 8, 10)
    assert chosen(draft(few, many), rank_notes=1) == 1
    assert chosen(draft(line(55, 0), line(72, 0)), rank_register=1) == 1
    assert chosen(draft(line(71, 0, 4), line(72, 0, 4)), rank_chords=1) == 1
    assert chosen(draft(few, many, likelihood=(-9, -3)), rank_likelihood=1) == 1
    motif = np.array(line(71, 0, 3, 6))
    pair = draft(line(69, 0, 4, 8), line(69, 0, 3, 6))
    assert chosen(pair, brief(motif), rank_motif=1) == 1
    assert chosen(pair, brief(motif, faith=0.0), rank_motif=1) == 0


def test_far_from_home_is_played_under_tension_and_home_without():
    pair = draft(line(69, 0, 4), line(75, 0, 4))  # A over A minor, and Eb
    assert chosen(pair, where=around(0.0), rank_tension=1) == 0
    assert chosen(pair, where=around(1.0), rank_tension=1) == 1
    assert strained([75], around()) > strained([69], around())


def test_momentum_is_measured_from_the_bar_before():
    bar = Bar((Note(0, 480, 75, 90),))
    heard = (Heard(probe_plan(4), {"lead": bar}),)
    assert strained([69], around(heard=heard)) > strained([69], around())


def test_the_line_that_leaves_room_is_played():
    written = {"arp": Bar((Note(0, 1920, 70, 90),))}
    pair = draft(line(69, 0, 4), line(76, 0, 4))
    assert chosen(pair, where=around(written=written), rank_interlock=1) == 1
    assert chosen(pair, where=around(written={}), rank_interlock=1) == 0


class Fond:
    """A critic that likes the second candidate by one kind of judgement."""

    def __init__(self, kind):
        self.kind = KINDS.index(kind)

    def judge(self, tokens, grid):
        assert grid.shape[0] == tokens.shape[1]
        found = np.zeros((len(tokens), len(KINDS)), np.float32)
        found[1, self.kind] = 1
        return found


def test_the_critic_is_heard_where_it_tells_samples_from_music():
    pair = draft(line(69, 0, 4), line(69, 0, 4))
    heard = (Heard(probe_plan(4), {"lead": Bar((Note(0, 480, 75, 90),))}),)
    assert chosen(pair, where=around(heard=heard), critic=Fond("sampled"), rank_critic=1) == 1
    assert chosen(pair, where=around(heard=heard), critic=Fond("chords"), rank_critic=1) == 0
    assert chosen(pair, rank_critic=1) == 0, "and without a critic nobody is preferred"


def test_a_term_without_weight_is_never_asked():
    class Deaf:
        def judge(self, tokens, grid):
            pytest.fail("asked")

    assert chosen(draft(line(69, 0), line(70, 0)), critic=Deaf()) == 0


def test_ties_and_bars_without_notes_are_decided_too():
    silent = draft([HOLD] * 16, [REST] * 16)
    for name in TERMS:
        assert chosen(silent, **{f"rank_{name}": 1.0}) == 0


def test_overlap_counts_rhythm_and_pitch():
    motif = np.array(line(69, 0, 4, 8, 12))
    rows = np.array([motif, line(71, 0, 4, 8, 12), line(69, 1, 5), line(69, 0, 4), [REST] * 16])
    assert np.allclose(overlap(rows, motif), [1, 0.5, 0, 4 / 6, 0])
