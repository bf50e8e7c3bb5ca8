"""A table of counted chord changes, ready to ask: no onnxruntime, under a megabyte.

The file is an uncompressed npz: `rows` uint8 [N, ORDER] (the past, oldest first, padded on the left with NOBODY; then
the token), `counts` uint16 [N], `lengths` uint16 [NO_DURATION + 1, beats, durations].
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.codec.harmony import CHORDS, DURATIONS, NO_DURATION
from engines.units import BEATS_PER_BAR

ORDER: Final = 6  # a chord after at most five earlier ones
NOBODY: Final = 255
MAX_BYTES: Final = 1_000_000
CLASSES: Final = CHORDS * len(DURATIONS)

Floats = NDArray[np.float64]
Past = tuple[int, ...]
Counts = Mapping[Past, Mapping[int, int]]


class Ports:
    """A table has no graph, hence no ports."""

    def get_inputs(self) -> list[object]:
        """Return nothing."""
        return []

    get_outputs = get_inputs


class Table:
    """Witten-Bell chances of the next chord and of its duration; raises ValueError on a broken file."""

    def __init__(self, model: bytes) -> None:
        """Read the file."""
        self.runner, self.classes = Ports(), CLASSES
        with zipfile.ZipFile(io.BytesIO(model)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_BYTES:
                raise ValueError(f"a table of more than {MAX_BYTES} bytes")
        with np.load(io.BytesIO(model), allow_pickle=False) as file:
            rows, counts, lengths = file["rows"], file["counts"], file["lengths"]
        if rows.shape != (len(counts), ORDER) or (rows[:, -1] >= CHORDS).any():
            raise ValueError("the rows of the table are not rows of chords")
        if lengths.shape != (NO_DURATION + 1, BEATS_PER_BAR, len(DURATIONS)):
            raise ValueError("the lengths of the table are not those of chords")
        self._counts: dict[Past, dict[int, int]] = {}
        for (*past, token), count in zip(rows.tolist(), counts.tolist(), strict=True):
            self._counts.setdefault(tuple(each for each in past if each != NOBODY), {})[token] = count
        smooth = lengths.astype(np.float64) + 1
        self._lengths: Floats = smooth / smooth.sum(-1, keepdims=True)

    def chords(self, past: Sequence[int], running: Counts, weight: float) -> Floats:
        """Return P [CHORDS] after a past; counts of the running song weigh `weight` (Witten & Bell 1991)."""
        found = np.full(CHORDS, 1 / CHORDS)
        for size in range(min(ORDER - 1, len(past)) + 1):
            history = tuple(past[len(past) - size :])
            seen: dict[int, float] = dict(self._counts.get(history, {}))
            for token, count in running.get(history, {}).items():
                seen[token] = seen.get(token, 0) + weight * count
            if seen:
                total = sum(seen.values()) + len(seen)
                found *= len(seen) / total
                found[list(seen)] += np.array(list(seen.values())) / total
        return found

    def lengths(self, last: int, beat: int) -> Floats:
        """Return P [durations] of a change on a beat, after one of duration class `last` (NO_DURATION: the first)."""
        return np.asarray(self._lengths[last, beat])

    def replay(self, tokens: NDArray[np.int64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log P [T, CLASSES] before each change; tokens [T, 3]: token, duration class, beat. No cache."""
        del features
        past: list[int] = []
        last, found = NO_DURATION, []
        for token, length, beat in tokens.tolist():
            row = self.chords(past, {}, 0)[:, None] * self.lengths(last, beat)[None, :]
            found.append(np.log(row).reshape(-1))
            past, last = [*past, token], length
        return np.stack(found).astype(np.float32)


def pack(rows: NDArray[np.uint8], counts: NDArray[np.uint16], lengths: NDArray[np.uint16]) -> bytes:
    """Return the file of a table."""
    stream = io.BytesIO()
    np.savez(stream, rows=rows, counts=counts, lengths=lengths)
    return stream.getvalue()
