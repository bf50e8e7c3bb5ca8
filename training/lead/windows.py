"""From segments to batches: measured conditions, the split, windows, augmentation.

No corpus here says how tense or dense a bar is or which part of a track it plays. So:
tension = rank within the corpus of z(notes per bar) + z(mean pitch) + z(mean velocity) (the last only where
velocities were recorded), which are the means by which the runtime promises to show tension;
density = rank of notes per bar; section = a guess from position and from the loudness of the accompaniment.
"""

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engines.codec.grid import FUNCTIONS, GROUPS, Context, drop_groups, features
from engines.codec.lead import HOLD, PITCHES, advance, start_fields
from engines.units import STEPS_PER_BAR
from training.corpus import store
from training.kept import kept
from training.lead import data as data_lead
from training.lead import tunes
from training.lead.data import Segment, divide
from training.refused import Refused
from training.run import Batch
from training.untold import Floats, by_corpus, functions, ranks

RECORDED = {"pop909"}  # corpora whose velocities were played by somebody
DROP = 0.15  # condition drop-out per group (research: classifier-free guidance)
OCTAVE = 0.1


def recorded(corpus: str) -> bool:
    """Return whether velocities of a corpus are worth learning; a user's own files are taken at their word."""
    return corpus in RECORDED or corpus.startswith("own-")


def levels(segment: Segment) -> Floats:
    """Return notes, mean pitch token and mean velocity bin per bar, float32 [N, 3]; carried over silence."""
    found = np.zeros((segment.bars, 3), np.float32)
    last = (float(segment.tokens[segment.tokens < PITCHES].mean()), 4.0)
    for bar in range(segment.bars):
        onset = segment.tokens[bar] < PITCHES
        if onset.any():
            last = (float(segment.tokens[bar][onset].mean()), float(segment.bins[bar][onset].mean()))
        found[bar] = (onset.sum(), *last)
    return found


def measure(segments: list[Segment]) -> list[Floats]:
    """Return (tension, density) per bar, float32 [N, 2], ranked within each corpus."""
    return by_corpus([segment.corpus for segment in segments], [levels(segment) for segment in segments], _ranked)


def _ranked(whole: Floats, corpus: str) -> Floats:
    scaled = (whole - whole.mean(0)) / (whole.std(0) + 1e-6)
    weights = (1, 1, 1) if recorded(corpus) else (1, 1, 0)
    return np.stack([ranks(scaled @ np.array(weights, np.float32)), ranks(whole[:, 0])], axis=1)


def functions_of(segment: Segment) -> list[int]:
    """Guess the part of a track that each bar plays; nothing is told where nothing accompanies."""
    if segment.backing is None:
        return [FUNCTIONS.index("other")] * segment.bars
    return functions(segment.backing[: segment.bars], segment.first, segment.song_bars)


def conditions(segment: Segment, measured: Floats) -> Floats:
    """Return the features of every bar, float16 [N, 16, F]."""
    dropped = frozenset({"chords", "section"} if segment.backing is None else set())
    if segment.corpus == "openewld_pd":
        dropped = frozenset({"section"})
    rows = []
    for bar, function in enumerate(functions_of(segment)):
        tension, density = (float(x) for x in measured[bar])
        context = Context(segment.chords[bar], segment.minor, bar, function, (tension,) * 4, density, dropped)
        rows.append(features(context))
    return np.stack(rows).astype(np.float16)


class LeadWindows:
    """Windows of some bars from segments; each starts as if nothing had been heard."""

    def __init__(self, segments: list[Segment], given: list[Floats], bars: int, stride: int) -> None:
        """Lay windows over the segments every `stride` bars; given: features per segment."""
        self.segments, self.given, self.bars, self.stride = segments, given, bars, stride
        self.starts = [(n, bar) for n, s in enumerate(segments) for bar in range(0, max(1, s.bars - 3), stride)]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.starts)

    def batch(self, chosen: NDArray[np.int64], dice: np.random.Generator | None) -> Batch:
        """Return windows as tensors; dice: jittered starts, octaves, tension noise, condition drop-out."""
        steps = self.bars * STEPS_PER_BAR
        tokens = np.full((len(chosen), steps), HOLD, np.int64)
        bins, weight = np.zeros_like(tokens), np.zeros((len(chosen), steps, 2), np.float32)
        shape = (len(chosen), steps, self.given[0].shape[-1])
        told = np.zeros(shape, np.float32)
        for row, number in enumerate(chosen):
            n, bar = self.starts[int(number)]
            segment = self.segments[n]
            if dice is not None:
                bar = min(bar + int(dice.integers(self.stride)), max(0, segment.bars - 4))
            piece = slice(bar, bar + self.bars)
            line = segment.tokens[piece].ravel().astype(np.int64)
            tokens[row, : len(line)], bins[row, : len(line)] = line, segment.bins[piece].ravel()
            told[row, : len(line)] = self.given[n][piece].reshape(len(line), -1)
            weight[row, : len(line), 0] = 1
            weight[row, : int(np.argmax(line != HOLD)), 0] = 0  # the end of a note that the window has not heard
            weight[row, : len(line), 1] = (line < PITCHES) * recorded(segment.corpus)
        if dice is not None:
            tokens, told = _augment(tokens, told, dice)
        inputs = _inputs(tokens, bins)
        targets = np.stack([tokens, bins], axis=-1)
        return Batch(*(torch.from_numpy(x) for x in (inputs, told, targets, weight)))


def _inputs(tokens: NDArray[np.int64], bins: NDArray[np.int64]) -> NDArray[np.int64]:
    fields = [start_fields(len(tokens))]
    for step in range(tokens.shape[1] - 1):
        fields.append(advance(fields[-1], tokens[:, step], bins[:, step]))
    return np.stack(fields, axis=1)


def _augment(tokens: NDArray[np.int64], told: Floats, dice: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    for row in range(len(tokens)):
        dropped = {group for group in GROUPS if dice.random() < DROP}
        onset = tokens[row] < PITCHES
        if dice.random() < OCTAVE and onset.any():
            shift = 12 if dice.random() < 0.5 else -12
            if tokens[row][onset].min() + shift >= 0 and tokens[row][onset].max() + shift < PITCHES:
                tokens[row][onset] += shift
                dropped.add("tension")  # register is part of tension
        if dropped:
            told[row] = drop_groups(told[row], dropped)
    return tokens, told


def load(data: Path, runs: Path) -> tuple[dict[str, list[Segment]], str]:
    """Return segments by side of the split and the hash of the data; cached below `runs` by data and readers.

    data: a folder of the known corpora, or a prepared corpus, which brings its own split.
    """
    if store.is_corpus(data):
        return data_lead.prepared(data), store.manifest(data).corpus_sha256[:16]
    digest = hashlib.sha256()
    for folder in tunes.FOLDERS:
        for path in sorted(p for p in (data / folder).rglob("*") if p.is_file()):
            digest.update(path.name.encode() + path.read_bytes())
    name = digest.hexdigest()[:16]
    for module in (tunes, data_lead):
        digest.update(Path(module.__file__).read_bytes())
    cache = runs / "cache" / f"lead-{digest.hexdigest()[:16]}.pickle"
    segments = kept(cache, lambda: data_lead.read(data))
    if not segments:
        raise Refused(f"{data}: neither a prepared corpus nor a folder with {', '.join(tunes.FOLDERS)} in it")
    return divide(segments), name
