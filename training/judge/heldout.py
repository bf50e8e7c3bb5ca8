"""Which songs are held out: the same as when the lead was trained, and the melodies that it learned from."""

from pathlib import Path

import msgspec

from training.judge.copying import Tune
from training.lead import data as data_lead
from training.lead.data import Segment


class Sides(msgspec.Struct, frozen=True):
    """held_out: ids of pop909's test songs; known: the melodies of the training side."""

    held_out: frozenset[str]
    known: tuple[Tune, ...]


def sides(data: Path) -> Sides:
    """Read the lead's corpora and split them as its training does."""
    found = data_lead.divide(data_lead.read(data))
    names = {segment.name for segment in found["test"] if segment.corpus == "pop909"}
    return Sides(frozenset(name.removeprefix("pop909/") for name in names), tuple(map(tune, found["train"])))


def tune(segment: Segment) -> Tune:
    """Return a segment's melody."""
    return Tune(segment.name, tuple(segment.onsets), tuple(segment.pitches))
