"""Which of several candidate lead bars to play: likelihood, wishes, chord tones, a motif that returns."""

import numpy as np
from numpy.typing import NDArray

from engines.codec.lead import PITCHES
from engines.neural.draft import Brief, Draft
from engines.neural.wish import LeadDecoding, Tones
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT

Floats = NDArray[np.float64]


def best(draft: Draft, brief: Brief, numbers: LeadDecoding) -> int:
    """Return the number of the candidate with the highest score; ties go to the first."""
    onset = draft.tokens < PITCHES
    score = numbers.rank_likelihood * draft.likelihood / STEPS_PER_BAR
    score = score - numbers.rank_notes * np.abs(onset.sum(axis=1) - brief.wish.notes)
    score = score - numbers.rank_register * np.abs(_register(draft, brief))
    score = score + numbers.rank_chords * _on_beats(draft, brief.tones)
    if brief.motif is not None:
        score = score + numbers.rank_motif * brief.faith * overlap(draft.tokens, brief.motif)
    return int(np.argmax(score))


def _register(draft: Draft, brief: Brief) -> Floats:
    """Return how far each candidate's notes lie from the wished register on average, semitones; 0 without notes."""
    onset = draft.tokens < PITCHES
    away = np.where(onset, draft.tokens + brief.lowest - brief.wish.register, 0).sum(axis=1)
    return np.asarray(away / np.maximum(1, onset.sum(axis=1)))


def _on_beats(draft: Draft, tones: Tones) -> Floats:
    """Return the share of chord tones among notes on strong steps; .5 where there are none."""
    strong = np.arange(0, STEPS_PER_BAR, STEPS_PER_BEAT)
    tokens = draft.tokens[:, strong]
    onset = tokens < PITCHES
    fits = (tones.chord[strong][np.arange(len(strong)), tokens] & onset).sum(axis=1)
    return np.asarray(np.where(onset.any(axis=1), fits / np.maximum(1, onset.sum(axis=1)), 0.5))


def overlap(tokens: NDArray[np.int64], motif: NDArray[np.int64]) -> Floats:
    """Return how much of a motif [16] each candidate [C, 16] brings back, 0..1.

    The mean of two F1: of onsets, and of onsets with the same pitch.
    """
    onset, theirs = tokens < PITCHES, motif < PITCHES
    together = onset & theirs
    both = together.sum(axis=1) + (together & (tokens == motif)).sum(axis=1)
    return np.asarray(both / np.maximum(1, onset.sum(axis=1) + theirs.sum()))
