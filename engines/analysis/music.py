"""Music: what an analysis is given, whether it was read from a file or written by the band."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LONGEST_BEATS: Final = 10_000
"""Quarter notes of the longest music that is analysed (83 minutes at 120 bpm); bounds time and memory."""
MOST_NOTES: Final = 400_000


class MusicError(ValueError):
    """Music that cannot be analysed or read; the message says what, where and what is allowed."""


class Track(msgspec.Struct, frozen=True, eq=False):
    """One part: notes int64 [N, 4] of onset, duration (ticks, 480 a quarter), pitch 0..127, velocity 1..127, sorted.

    program: General MIDI 0..127, -1 unknown; channel 0..15; drum: unpitched.
    """

    name: str
    notes: Ints
    program: int = -1
    channel: int = 0
    drum: bool = False


class Metre(msgspec.Struct, frozen=True):
    """The time signature from `tick` on; `tick` is a bar line."""

    tick: int
    beats: int
    unit: int


class Tempo(msgspec.Struct, frozen=True):
    """The tempo from `tick` on, quarter notes a minute."""

    tick: int
    bpm: float


class Marker(msgspec.Struct, frozen=True):
    """A word at a tick: where a section begins."""

    tick: int
    text: str


class Music(msgspec.Struct, frozen=True, eq=False):
    """Tracks over one map of metre and tempo, all in ticks, 480 a quarter note. Maps ascend; empty: 4/4, 120 bpm.

    keys: (tick, key name) as written, which files often get wrong: told, never believed.
    """

    tracks: tuple[Track, ...]
    metres: tuple[Metre, ...] = ()
    tempos: tuple[Tempo, ...] = ()
    markers: tuple[Marker, ...] = ()
    keys: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse more than can be analysed in reasonable time."""
        notes = sum(len(track.notes) for track in self.tracks)
        if notes > MOST_NOTES:
            raise MusicError(f"music of {notes} notes: at most {MOST_NOTES} are analysed")
        if self.end > LONGEST_BEATS * 480:
            raise MusicError(f"music of {self.end // 480} quarter notes: at most {LONGEST_BEATS} are analysed")

    @property
    def end(self) -> int:
        """The last release, in ticks; 0 where there is no note."""
        return max((int((t.notes[:, 0] + t.notes[:, 1]).max()) for t in self.tracks if len(t.notes)), default=0)

    @property
    def pitched(self) -> Ints:
        """The notes of all tracks but the drums, int64 [N, 4], sorted."""
        return together([track.notes for track in self.tracks if not track.drum])


def together(parts: list[Ints]) -> Ints:
    """Return the notes of several parts as one, sorted by onset, duration, pitch."""
    rows = np.concatenate([np.zeros((0, 4), np.int64), *parts])
    return rows[np.lexsort(rows.T[[3, 2, 1, 0]])]
