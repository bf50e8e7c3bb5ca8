"""What a reader hands on: parts with their notes as arrays, the maps of a file, and the word for a broken one."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.analysis.music import Metre, Tempo

Ints = NDArray[np.int64]


class BrokenFile(ValueError):  # noqa: N818 - it is the file that is broken
    """A file that no music can be read from; its text is the reason."""


class Part(msgspec.Struct, frozen=True, eq=False):
    """One channel's notes: int64 [N, 4] of onset, duration (ticks), pitch, velocity, sorted; program 0..127."""

    name: str
    program: int
    drum: bool
    notes: Ints


class Midi(msgspec.Struct, frozen=True):
    """A file. keys: (tick, fifths -7..7, minor) as written, which is often nonsense; markers: (tick, text)."""

    parts: tuple[Part, ...]
    tempos: tuple[Tempo, ...]
    metres: tuple[Metre, ...]
    keys: tuple[tuple[int, int, bool], ...]
    markers: tuple[tuple[int, str], ...]
