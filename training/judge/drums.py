"""The drums' figures: dynamics and timing of held-out Groove takes, and how the players' bars lie to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from engines.card import Card
from engines.codec import drums as codec
from engines.codec.drums import COUNT, MAX_OFFSET, Hits
from engines.measure.drums import mean_error
from engines.neural.session import StepSession
from engines.note import Bar
from training.drums.data import groove
from training.drums.piece import Piece
from training.drums.report import coupled, f1, means
from training.drums.sequences import drop_conditions, sequence
from training.export import Teacher, run_steps
from training.judge.result import LEARNED, UNDERSTUDY, Band, Comparison, Figure
from training.judge.settings import Settings
from training.judge.statistics import bands, nearer

WINDOW = 8  # bars that the network reads at once
NAMES = ("velocity_mae", "timing_mae")
LOUDEST = 127


def errors(folder: Path, card: Card, pieces: Sequence[Piece]) -> dict[str, float]:
    """Return the errors of a shipped expert: the true hits are told, velocity and timing are guessed."""
    cut = [
        replace(piece, bars=piece.bars[start : start + WINDOW])
        for piece in pieces
        for start in range(0, len(piece.bars), WINDOW)
    ]
    read = [sequence(piece) for piece in cut]
    steps = max(len(each.tokens) for each in read)

    def padded(name: str) -> np.ndarray:
        return np.stack([np.pad(v, ((0, steps - len(v)), (0, 0))) for v in (getattr(each, name) for each in read)])

    tokens, features, targets = (padded(name) for name in ("tokens", "features", "targets"))
    drop_conditions(tokens, features, None, 0, 0)
    logits = run_steps(StepSession((folder / card.model.name).read_bytes()), Teacher(tokens, features))
    hits = targets[..., :COUNT]
    velocity, late = 1 / (1 + np.exp(-logits[..., -2 * COUNT : -COUNT])), np.tanh(logits[..., -COUNT:])
    return {
        "velocity_mae": mean_error(velocity, targets[..., COUNT : 2 * COUNT], hits) * LOUDEST,
        "timing_mae": mean_error(late, targets[..., 2 * COUNT : 3 * COUNT], hits) * MAX_OFFSET,
        "hit_f1": f1(_guess(logits), hits),
    }


def _guess(logits: np.ndarray) -> np.ndarray:
    """Return the likeliest hits of each step, class by class, each after the ones decided before; padding has none."""
    guess = np.zeros((*logits.shape[:2], COUNT), np.float32)
    for number in range(COUNT):
        guess[..., number] = coupled(logits, guess)[..., number] > 0
    return guess


def judge(expert: tuple[Path, Card] | None, data: Path | None) -> list[Figure]:
    """Return the errors and their ratio to the mean per instrument, step and style; needs the Groove takes."""
    if data is None or not (data / "groove").is_dir():
        return _nothing("no folder groove below --data")
    pieces = list(groove(data / "groove"))
    train = [p for p in pieces if p.split == "train"]
    test = [p for p in pieces if p.split == "test" and any(bar.hits.any() for bar in p.bars)]
    found = means(train, test)
    beside = {"velocity_mae": found["mean_velocity_mae"], "timing_mae": found["mean_timing_mae_ticks"]}
    if expert is None:
        return _nothing("rules play the drums")
    own = errors(*expert, test)
    return [
        *(Figure(f"drums.{name}", own[name], beside[name]) for name in NAMES),
        *(_ratio(name, own[name], beside[name]) for name in NAMES),
    ]


def _ratio(name: str, own: float, beside: float) -> Figure:
    if not beside:
        return Figure(f"drums.{name}_ratio", None, 1.0, "every hit is exactly the mean of its place")
    return Figure(f"drums.{name}_ratio", own / beside, 1.0)


def _nothing(why: str) -> list[Figure]:
    return [Figure(f"drums.{name}{end}", None, note=why) for end in ("", "_ratio") for name in NAMES]


def features(bars: Sequence[Hits]) -> dict[str, float]:
    """Return how busy, how dynamic, how loose and how alike some bars are; {} without a hit."""
    hits = np.stack([bar.hits for bar in bars])
    if not hits.any():
        return {}
    velocities, offsets = (np.stack([getattr(bar, name) for bar in bars])[hits] for name in ("velocities", "offsets"))
    alike = [f1(a.astype(np.float32), b.astype(np.float32)) for a, b in zip(hits[1:], hits, strict=False)]
    return {
        "hits_per_bar": float(hits.sum() / len(bars)),
        "instruments": float(hits.any((0, 1)).sum()),
        "velocity_spread": float(velocities.std() * LOUDEST),
        "timing_spread_ticks": float(offsets.std() * MAX_OFFSET),
        "bar_to_bar_f1": float(np.mean(alike)) if alike else 1.0,
    }


def style(
    data: Path | None, players: Mapping[str, Mapping[str, Sequence[Bar]]], settings: Settings
) -> tuple[list[Band], list[Comparison]]:
    """Return how the players' bars lie to what drummers play (of any style: a band of reach, and no goal)."""
    if data is None or not (data / "groove").is_dir() or set(players) != {LEARNED, UNDERSTUDY}:
        return [], []
    takes = [p for p in groove(data / "groove") if p.split == "test" and p.fill != "yes"]
    size = settings.excerpt_bars
    cut = {f"{p.name}:{n}": p.bars[n : n + size] for p in takes for n in range(0, len(p.bars) - size + 1, size)}
    real = {name: found for name, bars in cut.items() if (found := features(bars))}
    if not real:
        return [], []
    heard = {
        who: {name: features([codec.encode(bar) for bar in bars]) for name, bars in found.items()}
        for who, found in players.items()
    }
    return bands("drums", real, heard), nearer("drums", real, heard, settings.resamples)
