"""Sampling in one composable piece: masks first, then biases, temperature, top-k, top-p, one draw.

Rows of a batch are independent candidates; the dice are a seeded numpy Generator, so the same request
draws the same notes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NEVER = np.float32(-1e9)


def softmax(logits: Floats) -> Floats:
    """Return probabilities over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)


def guided(conditioned: Floats, free: Floats, scale: float) -> Floats:
    """Classifier-free guidance: `free + scale * (conditioned - free)`; scale 1 is the plain model."""
    return np.asarray(free + np.float32(scale) * (conditioned - free), np.float32)


def top_p(probabilities: Floats, p: float) -> Floats:
    """Keep the fewest likeliest entries of each row whose sum reaches p (0..1], renormalised; ties are kept."""
    ranked = -np.sort(-probabilities, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    least = np.where(before < p, ranked, np.float32(2)).min(axis=-1, keepdims=True)
    kept = np.where(probabilities >= least, probabilities, np.float32(0))
    return np.asarray(kept / kept.sum(axis=-1, keepdims=True), np.float32)


def top_k(probabilities: Floats, k: int) -> Floats:
    """Keep the k likeliest entries of each row, renormalised; ties are kept; 0 keeps all."""
    if not 0 < k < probabilities.shape[-1]:
        return probabilities
    least = np.partition(probabilities, -k, axis=-1)[..., -k, None]
    kept = np.where(probabilities >= least, probabilities, np.float32(0))
    return np.asarray(kept / kept.sum(axis=-1, keepdims=True), np.float32)


def distribution(
    logits: Floats,
    *,
    allowed: NDArray[np.bool_],
    bias: Floats | None = None,
    temperature: float | Floats = 1.0,
    k: float = 0,
    p: float = 1.0,
) -> Floats:
    """Return the probabilities [B, V] that `draw` uses: mask, bias, temperature, top-k, top-p, in this order.

    allowed: bool [V] or [B, V], at least one entry true per row. bias: added to the logits, [V] or [B, V].
    temperature > 0, one for all or [B, 1]. k: entries kept, 0 = all. p: 0..1, 1 = all.
    """
    wished = logits if bias is None else logits + bias
    masked = np.where(allowed, wished / np.asarray(temperature, np.float32), NEVER).astype(np.float32)
    chances = top_k(softmax(masked), int(k))
    return top_p(chances, p) if p < 1.0 else chances


def draw(probabilities: Floats, dice: np.random.Generator) -> NDArray[np.int64]:
    """Draw one entry per row of probabilities [B, V]; one number of the dice a row."""
    return pick(probabilities, dice.random(len(probabilities)))


def pick(probabilities: Floats, marks: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the entry per row of probabilities [B, V] at which the cumulative sum passes marks [B] in 0..1."""
    cumulative = np.cumsum(probabilities, axis=-1, dtype=np.float64)
    return np.asarray((cumulative <= marks[:, None] * cumulative[:, -1:]).sum(axis=-1), np.int64)
