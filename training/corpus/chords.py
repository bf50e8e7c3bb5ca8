"""Chords from notes: templates per beat, a Viterbi path over the beats, confidence from the soft choice.

The score of a chord on a beat is the share of its sound that are chord tones, less what is foreign or missing;
changes cost, and more so off the first and third beat, as harmony moves with the metre.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engines.theory.chord import Chord
from engines.theory.quality import QUALITIES
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from training.corpus.config import ChordTemplates
from training.corpus.piece import Span

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DEEPEST = 128


def chroma(notes: Ints, weight: Floats, beats: int) -> tuple[Floats, Ints]:
    """Return the sound of each pitch class per beat, float64 [beats, 12], and the lowest pitch sounding, int64 [beats].

    notes: int64 [N, 4]; weight: float64 [N]. Lowest: 128 in silence.
    """
    first, last = notes[:, 0] // TICKS_PER_BEAT, (notes[:, 0] + notes[:, 1] - 1) // TICKS_PER_BEAT
    spans = (last - first + 1).clip(max=beats)
    beat = np.repeat(first, spans) + np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
    onset, end = (np.repeat(x, spans) for x in (notes[:, 0], notes[:, 0] + notes[:, 1]))
    share = np.minimum(end, (beat + 1) * TICKS_PER_BEAT) - np.maximum(onset, beat * TICKS_PER_BEAT)
    pitch, loud = np.repeat(notes[:, 2], spans), np.repeat(weight, spans)
    inside = (beat >= 0) & (beat < beats)
    place = (beat * 12 + pitch % 12)[inside]
    sound = np.bincount(place, weights=(share * loud)[inside] / TICKS_PER_BEAT, minlength=beats * 12)
    lowest = np.full(beats, DEEPEST)
    np.minimum.at(lowest, beat[inside], pitch[inside])
    return sound.reshape(beats, 12), lowest


@lru_cache(maxsize=8)
def _templates(config: ChordTemplates) -> tuple[Floats, Floats]:
    """Return tones [S, 12] of 0 or 1 and cost [S]; state = quality * 12 + root."""
    tones = np.zeros((len(config.qualities) * 12, 12))
    for state in range(len(tones)):
        quality = config.qualities[state // 12]
        tones[state, [(state + step) % 12 for step in QUALITIES[quality]]] = 1
    return tones, np.repeat(config.cost, 12)


def estimate(notes: Ints, weight: Floats, config: ChordTemplates) -> tuple[Span, ...]:
    """Return chord spans for the pitched notes of a piece, int64 [N, 4] with onsets of 0 or more."""
    if not len(notes):
        return ()
    beats = int((notes[:, 0] + notes[:, 1]).max() - 1) // TICKS_PER_BEAT + 1
    sound, lowest = chroma(notes, weight, beats)
    tones, cost = _templates(config)
    total = sound.sum(axis=1, keepdims=True)
    share = sound / np.maximum(total, 1e-9)
    inside = share @ tones.T
    present = np.minimum(1.0, share * 6) @ tones.T / tones.sum(axis=1)
    score = inside - config.foreign * (1 - inside) - config.missing * (1 - present) - cost
    roots = np.arange(len(tones)) % 12
    score += config.bass * ((lowest % 12)[:, None] == roots) * (lowest < DEEPEST)[:, None]
    score *= np.minimum(1.0, total)
    path = _viterbi(score, config)
    soft = np.exp((score - score.max(axis=1, keepdims=True)) * config.sharpness)
    sure = soft[np.arange(beats), path] / soft.sum(axis=1)
    return _spans(path, sure, total[:, 0], lowest, config)


def _viterbi(score: Floats, config: ChordTemplates) -> Ints:
    """Return the best state per beat; staying is free, any change costs the same."""
    beats, states = score.shape
    back = np.zeros((beats, states), np.int32)
    value = score[0]
    for beat in range(1, beats):
        cost = config.change + (config.off_bar if beat % (BEATS_PER_BAR // 2) else 0.0)
        best = int(value.argmax())
        moved = value[best] - cost
        stay = value >= moved
        back[beat] = np.where(stay, np.arange(states), best)
        value = np.where(stay, value, moved) + score[beat]
    path = np.empty(beats, np.int64)
    path[-1] = int(value.argmax())
    for beat in range(beats - 1, 0, -1):
        path[beat - 1] = back[beat, path[beat]]
    return path


def _spans(path: Ints, sure: Floats, total: Floats, lowest: Ints, config: ChordTemplates) -> tuple[Span, ...]:
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    found = []
    for begin, end in pairwise(edges):
        heard = total[begin:end] > 0
        if not heard.any():
            continue
        state = int(path[begin])
        root, quality = state % 12, config.qualities[state // 12]
        bass = int(lowest[begin:end][heard][0]) % 12
        tones = {(root + step) % 12 for step in QUALITIES[quality]}
        chord = Chord(root, quality, bass if bass in tones else root)
        mean = round(float(sure[begin:end][heard].mean()), 3)
        found.append(Span(begin * TICKS_PER_BEAT, end * TICKS_PER_BEAT, chord.name, mean))
    return tuple(found)
