"""Which songs are held out: of the melodies those of the lead's training, of the chords those of the harmony's.

Two splits, since the chords keep the 90 songs of their benchmark: what is judged of a chair was learned from by none of
its experts.
"""

from pathlib import Path

import msgspec

from training.harmony.data import held_out, pop909
from training.judge.copying import Tune
from training.lead import data as data_lead
from training.lead.data import Segment


class Sides(msgspec.Struct, frozen=True):
    """held_out, chords: ids of pop909's test songs, of melodies and of chords; known: melodies that were learned."""

    held_out: frozenset[str]
    known: tuple[Tune, ...]
    chords: frozenset[str] = frozenset()


def sides(data: Path) -> Sides:
    """Read the lead's corpora and split them as its training does."""
    found = data_lead.divide(data_lead.read(data))
    names = {segment.name for segment in found["test"] if segment.corpus == "pop909"}
    melodies = frozenset(name.removeprefix("pop909/") for name in names)
    return Sides(melodies, tuple(map(tune, found["train"])), chords(data))


def chords(data: Path) -> frozenset[str]:
    """Return the ids of pop909's songs whose chords no harmony expert learned from; none where it is not there."""
    folder = data / "pop909"
    return frozenset(held_out(list(pop909(folder)))) if folder.is_dir() else frozenset()


def tune(segment: Segment) -> Tune:
    """Return a segment's melody."""
    return Tune(segment.name, tuple(segment.onsets), tuple(segment.pitches))
