import msgspec
import numpy as np

from engines.codec.lead import HOLD, REST, pitch_token
from engines.neural.choice import best, overlap
from engines.neural.draft import Brief, Draft
from engines.neural.probe import probe_plan
from engines.neural.wish import LeadDecoding, register_bias, tones_of, wish_of

PLAN, NUMBERS = probe_plan(), LeadDecoding()
QUIET = LeadDecoding(rank_likelihood=0, rank_notes=0, rank_register=0, rank_chords=0, rank_motif=0)


def brief(motif=None, faith=1.0):
    wish = wish_of(PLAN, NUMBERS)
    nothing = (None,) * 16
    return Brief(
        np.zeros((1, 16, 1), np.float32), tones_of(PLAN, NUMBERS), wish, register_bias(wish, 0, 6), nothing,
        np.zeros((16, 2, 2)), 30, motif, faith,
    )  # fmt: skip


def draft(*rows, likelihood=(0.0, 0.0)):
    tokens = np.array(rows)
    return Draft(tokens, np.zeros_like(tokens), np.array(likelihood, np.float32), None, None)


def line(pitch, *steps):
    tokens = [REST] * 16
    for step in steps:
        tokens[step] = pitch_token(pitch, 0)
    return tokens


def with_weight(**weights):
    return msgspec.structs.replace(QUIET, **weights)


def test_each_weight_prefers_what_it_names():
    few, many = line(69, 0), line(69, 0, 2, 4, 6, 8, 10)
    assert best(draft(few, many), brief(), with_weight(rank_notes=1)) == 1
    assert best(draft(line(55, 0), line(72, 0)), brief(), with_weight(rank_register=1)) == 1
    assert best(draft(line(71, 0, 4), line(72, 0, 4)), brief(), with_weight(rank_chords=1)) == 1
    assert best(draft(few, many, likelihood=(-9, -3)), brief(), with_weight(rank_likelihood=1)) == 1
    motif = np.array(line(71, 0, 3, 6))
    pair = draft(line(69, 0, 4, 8), line(69, 0, 3, 6))
    assert best(pair, brief(motif), with_weight(rank_motif=1)) == 1
    assert best(pair, brief(motif, faith=0.0), with_weight(rank_motif=1)) == 0


def test_ties_and_bars_without_notes_are_decided_too():
    assert best(draft([HOLD] * 16, [REST] * 16), brief(), NUMBERS) == 0


def test_overlap_counts_rhythm_and_pitch():
    motif = np.array(line(69, 0, 4, 8, 12))
    rows = np.array([motif, line(71, 0, 4, 8, 12), line(69, 1, 5), line(69, 0, 4), [REST] * 16])
    assert np.allclose(overlap(rows, motif), [1, 0.5, 0, 4 / 6, 0])
