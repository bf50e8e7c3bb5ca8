"""Held-out likelihood of a shipped lead, and of the n-gram that it must beat."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engines.codec.grid import drop_groups
from engines.codec.lead import PITCHES
from engines.neural.session import Sampler
from training.export import Teacher, log_softmax, run_steps
from training.lead.data import Segment
from training.lead.windows import LeadWindows
from training.ngram import WittenBell


def likelihood(
    session: Sampler, windows: LeadWindows, drop: Sequence[str] = (), swap: bool = False
) -> dict[str, float]:
    """Return nats per step and accuracy of the shipped graph on held-out windows.

    drop: condition groups not told. swap: every window is told the conditions of another.
    """
    nats, right, steps = 0.0, 0.0, 0.0
    for part in np.array_split(np.arange(len(windows)), max(1, len(windows) // 64)):
        batch = windows.batch(part, None)
        told = batch.features.numpy()
        if swap:
            told = np.roll(told, 1, axis=0)
        told = drop_groups(told, drop)
        logits = run_steps(session, Teacher(batch.tokens.numpy(), told))[..., : PITCHES + 2]
        target, weight = batch.targets[..., 0].numpy(), batch.weight[..., 0].numpy()
        chosen = np.take_along_axis(log_softmax(logits), target[..., None], axis=-1)[..., 0]
        nats -= float((chosen * weight).sum())
        right += float(((logits.argmax(-1) == target) * weight).sum())
        steps += float(weight.sum())
    return {"nll": nats / steps, "accuracy": right / steps}


def baseline(
    train: list[Segment], windows: LeadWindows, order: int, *, chords: bool = False, cached: bool = False
) -> tuple[float, float]:
    """Return (nats per step, accuracy) of a Witten-Bell n-gram on the same windows.

    Its side context is the step in the bar and, with `chords`, the root and third of the running chord; cached: it
    learns from the window as it goes on, as a network that hears the whole window may.
    """

    def events(segment: Segment, first: int, bars: int) -> list[tuple[Any, int]]:
        found = []
        for bar in range(first, min(first + bars, segment.bars)):
            for step in range(16):
                chord = segment.chords[bar][step // 4]
                side = (step, None if chord is None or not chords else (chord.root, chord.has(chord.root + 3)))
                found.append((side, int(segment.tokens[bar, step])))
        return found

    model = WittenBell(order, PITCHES + 2).learn(events(s, 0, s.bars) for s in train)
    pieces = (events(windows.segments[n], bar, windows.bars) for n, bar in windows.starts)
    if not cached:
        return model.score(pieces)
    nats, right, count = 0.0, 0, 0
    for piece in pieces:
        chances, tokens = model.follow(piece, cached=True), np.array([token for _, token in piece])
        nats -= float(np.log(chances[np.arange(len(tokens)), tokens]).sum())
        right += int((chances.argmax(-1) == tokens).sum())
        count += len(tokens)
    return nats / max(1, count), right / max(1, count)
