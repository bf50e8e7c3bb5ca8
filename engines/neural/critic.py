"""The learned critic: tells bars of lead over their chords, after the bars heard, from four kinds of fakes.

One step of its graph is a bar: the bars heard go through once, the candidates in one batched pass. A logit a kind of
fake, KINDS: real against that fake.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import lead
from engines.codec.grid import WIDTHS, fingerprint
from engines.codec.lead import CENTRE, HOLD, PITCHES, REST, TOKENS
from engines.expert import ExpertError
from engines.neural.session import StepSession
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR, STEPS_PER_BEAT

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

KINDS: Final = ("chords", "transposed", "shifted", "sampled")
"""Fakes: another song's chords, melody transposed, melody shifted in time, bars sampled from a shipped lead."""
LAGS: Final = (1, 2, 4)  # bars at which melodies come back
CLASSES: Final = 12
OCTAVE: Final = 12.0  # semitones: motion is told as a share of it
_STEP: Final = CLASSES + 7
_CHORDS: Final = BEATS_PER_BAR * 2 * CLASSES + CLASSES
FEATURES: Final = STEPS_PER_BAR * _STEP + _CHORDS + 2 * len(LAGS) + 1
FIELDS: Final = (TOKENS,) * STEPS_PER_BAR
HEADS: Final = (len(KINDS),)
_AT: Final = tuple(int(x) for x in np.cumsum((0, *WIDTHS)))
FINGERPRINT: Final = fingerprint("critic", 1, lead.FINGERPRINT, KINDS, LAGS, FEATURES)
SESSION: Final = StepSession


class Critic:
    """Judges candidate bars; stateless."""

    def __init__(self, card: Card, session: StepSession) -> None:
        """Take a verified card and its warm session."""
        self.name, self.version, self.voices = card.name, card.version, card.voices
        self._session = session

    def judge(self, tokens: Ints, grid: Floats) -> Floats:
        """Return logits [C, KINDS] of the last bars of C windows that share all bars before.

        tokens int64 [C, T, 16]: bars of the lead; grid float32 [T, 16, F]: what `engines.codec.grid.features` tells.
        """
        told = features(tokens, np.broadcast_to(grid, (len(tokens), *grid.shape)))
        state = self._session.hear(tokens[:1, :-1], told[:1, :-1], self._session.zero(1))
        logits, _ = self._session.step(tokens[:, -1], told[:, -1], self._session.spread(state, len(tokens)))
        return logits


def features(tokens: Ints, grid: Floats) -> Floats:
    """Return what the critic is told of windows, float32 [B, T, FEATURES]: tokens [B, T, 16], grid [B, T, 16, F].

    Per step: the sounding pitch above the chord's root (one of 12), onset, sounding, rest, chord tone, chord tone
    at an onset, motion and its size in octaves. Per bar: chords of the beats and the next, minor, and how much of the
    bars 1, 2 and 4 before came back (rhythm; rhythm and pitch).
    """
    shape = tokens.shape
    line = tokens.reshape(shape[0], -1)
    pitch = _sounding(line)
    onset, sounds = line < PITCHES, pitch >= 0
    above = grid.reshape(*line.shape, -1)
    place = ((pitch - CENTRE) % CLASSES)[..., None]
    roots, tones = above[..., _AT[0] : _AT[1]], above[..., _AT[1] : _AT[2]]
    degree = np.take_along_axis(roots, (place - np.arange(CLASSES)) % CLASSES, -1) * sounds[..., None]
    fits = np.take_along_axis(tones, place, -1)[..., 0] * sounds
    motion = _motion(pitch, onset)
    flags = np.stack([onset, sounds, line == REST, fits, fits * onset, motion, np.abs(motion)], axis=-1)
    steps = np.concatenate([degree, flags], axis=-1).reshape(*shape[:2], -1)
    return np.concatenate([steps, _chords(grid), _returns(tokens), grid[:, :, 0, _AT[9] : _AT[10]]], -1).astype(
        np.float32
    )


def _sounding(line: Ints) -> Ints:
    """Return the pitch token that sounds at each step [B, N], -1 for none."""
    steps = np.arange(line.shape[1])
    last = np.maximum.accumulate(np.where(line == HOLD, -1, steps), axis=1)
    found = np.take_along_axis(line, np.maximum(last, 0), axis=1)
    return np.where((last >= 0) & (found < PITCHES), found, -1)


def _motion(pitch: Ints, onset: NDArray[np.bool_]) -> Floats:
    """Return at each onset the interval from the onset before, octaves -1..1; 0 elsewhere."""
    steps = np.arange(pitch.shape[1])
    latest = np.maximum.accumulate(np.where(onset, steps, -1), axis=1)
    before = np.concatenate([np.full((len(pitch), 1), -1), latest[:, :-1]], axis=1)
    moved = pitch - np.take_along_axis(pitch, np.maximum(before, 0), axis=1)
    return np.where(onset & (before >= 0), np.clip(moved / OCTAVE, -1, 1), 0).astype(np.float32)


def _chords(grid: Floats) -> Floats:
    """Return root and tones per beat and the tones of the chord after the bar, [B, T, _CHORDS]."""
    beats = grid[:, :, ::STEPS_PER_BEAT, : _AT[2]].reshape(*grid.shape[:2], -1)
    return np.concatenate([beats, grid[:, :, -1, _AT[3] : _AT[4]]], axis=-1)


def _returns(tokens: Ints) -> Floats:
    """Return F1 of rhythm, and of rhythm with pitch, between each bar and those LAGS before, [B, T, 2 * LAGS]."""
    onset = tokens < PITCHES
    found = np.zeros((*tokens.shape[:2], 2 * len(LAGS)), np.float32)
    for place, lag in enumerate(LAGS):
        if lag >= tokens.shape[1]:
            continue
        together = onset[:, lag:] & onset[:, :-lag]
        same = together & (tokens[:, lag:] == tokens[:, :-lag])
        both = np.maximum(1, onset[:, lag:].sum(-1) + onset[:, :-lag].sum(-1))
        found[:, lag:, 2 * place] = 2 * together.sum(-1) / both
        found[:, lag:, 2 * place + 1] = 2 * same.sum(-1) / both
    return found


def heard_bars(rows: Sequence[Sequence[int]] | Ints, candidates: Ints) -> Ints:
    """Return windows [C, T + 1, 16] of T bars heard and each of the candidates [C, 16]."""
    past = np.array(rows, np.int64).reshape(1, -1, STEPS_PER_BAR)
    return np.concatenate([np.repeat(past, len(candidates), axis=0), candidates[:, None]], axis=1)


def build(card: Card, session: StepSession) -> Critic:
    """Return the critic of a verified card (called by the library)."""
    if card.voices or session.fields != len(FIELDS) or session.features != FEATURES or card.heads != HEADS:
        raise ExpertError("the card is not of a critic that this engine knows")
    return Critic(card, session)


def self_test(critic: Critic) -> None:
    """Judge two plain bars; raises ExpertError where a judgement is no number."""
    tokens = np.full((2, 2, STEPS_PER_BAR), REST, np.int64)
    tokens[0, 1, 0] = CENTRE
    if not np.isfinite(critic.judge(tokens, np.zeros((2, STEPS_PER_BAR, sum(WIDTHS)), np.float32))).all():
        raise ExpertError("the critic's judgement is no number")
