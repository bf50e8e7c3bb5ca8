"""The drums' report card: held-out Groove takes against an n-gram, a pattern table and per-place means."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from engines.codec.drums import COUNT, PAIRS
from engines.units import STEPS_PER_BAR
from training.drums.piece import Piece
from training.ngram import Event, WittenBell

Array = NDArray[np.float32]
PATTERNS = 2**COUNT
WEIGHTS = 2 ** np.arange(COUNT)
ORDER = 4


def coupled(logits: Array, hits: Array) -> Array:
    """Return each class's logit given the true hits of the classes before it, [..., 9]."""
    found = logits[..., :COUNT].copy()
    for place, (number, other) in enumerate(PAIRS):
        found[..., number] += logits[..., COUNT + place] * hits[..., other]
    return found


def figures(logits: Array, targets: Array, weight: Array) -> dict[str, float]:
    """Return nats per step, hit F1 at one half, velocity and timing errors of teacher-forced logits [N, T, C]."""
    hits = targets[..., :COUNT]
    wished = coupled(logits, hits)
    nats = np.logaddexp(0, wished) - wished * hits
    # one decision for the whole step: the likeliest class by class, each after the ones decided before
    guess = np.zeros_like(hits)
    for number in range(COUNT):
        guess[..., number] = coupled(logits, guess)[..., number] > 0
    struck = hits * weight[..., None]
    dynamic, timed = (struck * mask[..., None] for mask in (targets[..., -2], targets[..., -1]))
    velocity = np.abs(1 / (1 + np.exp(-logits[..., -2 * COUNT : -COUNT])) - targets[..., 9:18])
    late = np.abs(np.tanh(logits[..., -COUNT:]) - targets[..., 18:27])
    return {
        "nats_per_step": float((nats.sum(-1) * weight).sum() / weight.sum()),
        "hit_f1": f1(guess * weight[..., None], struck),
        "velocity_mae": float((velocity * dynamic).sum() / max(1.0, dynamic.sum()) * 127),
        "timing_mae_ticks": float((late * timed).sum() / max(1.0, timed.sum()) * 59),
    }


def f1(guess: Array, truth: Array) -> float:
    """Return 2|a and b| / (|a| + |b|)."""
    return float(2 * (guess * truth).sum() / max(1.0, (guess.sum() + truth.sum())))


def baselines(train: list[Piece], test: list[Piece]) -> dict[str, float]:
    """Return the figures of the baselines on the same bars."""
    ngram = WittenBell(ORDER, PATTERNS).learn(events(piece) for piece in train)
    again = WittenBell(2, PATTERNS).learn(repeats(piece) for piece in train)
    pairs = [(bar.hits, after.hits) for p in test for bar, after in zip(p.bars, p.bars[1:], strict=False)]
    guess, truth = ([pair[part] for pair in pairs] for part in (0, 1))
    return {
        "ngram_nats_per_step": ngram.score(events(piece) for piece in test)[0],
        "ngram_bar_before_nats_per_step": again.score(repeats(piece) for piece in test)[0],
        "repeat_hit_f1": f1(np.array(guess, np.float32), np.array(truth, np.float32)),
        **means(train, test),
    }


def events(piece: Piece) -> list[Event]:
    """Return the joint hits of every step as one of 512 patterns, beside the step."""
    patterns = [int((bar.hits[step] * WEIGHTS).sum()) for bar in piece.bars for step in range(STEPS_PER_BAR)]
    return [(place % STEPS_PER_BAR, pattern) for place, pattern in enumerate(patterns)]


def repeats(piece: Piece) -> list[Event]:
    """Return the same beside the step and the pattern one bar before."""
    plain = [pattern for _, pattern in events(piece)]
    before = [None] * STEPS_PER_BAR + plain[:-STEPS_PER_BAR]
    return [((place % STEPS_PER_BAR, b), pattern) for place, (b, pattern) in enumerate(zip(before, plain, strict=True))]


def means(train: list[Piece], test: list[Piece]) -> dict[str, float]:
    """Return the errors of the mean velocity and offset per class, step and style; of wider ones where unseen.

    Nothing where no piece is timed.
    """
    seen: dict[tuple[object, ...], list[tuple[float, float]]] = defaultdict(list)
    for piece in train:
        if piece.timed:
            for *places, value in hits_of(piece):
                for place in (*places, ()):
                    seen[place].append(value)
    mean = {key: np.mean(values, axis=0) for key, values in seen.items()}
    if not mean or not any(piece.timed for piece in test):
        return {}
    errors = [
        np.abs(np.subtract(value, mean.get(key, mean.get(place, mean[()]))))
        for piece in test
        if piece.timed
        for key, place, value in hits_of(piece)
    ]
    velocity, late = np.mean(errors, axis=0)
    return {"mean_velocity_mae": float(velocity * 127), "mean_timing_mae_ticks": float(late * 59)}


def hits_of(piece: Piece) -> list[tuple[tuple[object, ...], tuple[object, ...], tuple[float, float]]]:
    """Return (class, step, style), (class,) and (velocity, offset) of every hit."""
    return [
        (
            (number, step, piece.style),
            (number,),
            (float(bar.velocities[step, number]), float(bar.offsets[step, number])),
        )
        for bar in piece.bars
        for step, number in np.argwhere(bar.hits)
    ]
