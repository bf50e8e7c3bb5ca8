"""What goes into a step and what comes out of it: a batch of items, a shard, and the slip that says what it holds."""

import msgspec

from training.corpus.config import Config
from training.corpus.item import Item


class Described(msgspec.Struct, frozen=True):
    """One piece of a shard: where it lies (offset, size in bytes) and what it is.

    sha256: of its bytes. roles: confidence by role, the surest track of each. arrays: names and lengths of its token
    arrays.
    """

    source: str
    name: str
    tier: str
    licence: str
    song: str
    offset: int
    size: int
    sha256: str
    bars: int
    notes: int
    metre: str
    bpm: float
    key: str
    key_confidence: float
    key_fit: float
    chords: int
    chord_confidence: float
    sections: int
    roles: dict[str, float]
    arrays: dict[str, int]
    remi: str


class Entry(Described, frozen=True):
    """And how it is told from others: hash of its notes, whatever the key; shingles: hashes, little-endian uint64.

    split: the side that its source put it on, "" = none.
    """

    music: str
    split: str
    shingles: bytes


class Rejected(msgspec.Struct, frozen=True):
    """An item or piece that is left out, and why."""

    source: str
    name: str
    reasons: tuple[str, ...]


class Batch(msgspec.Struct, frozen=True):
    """Items of one shard. crashing: names of items whose reading killed a worker. remi: tokenise so, too."""

    shard: str
    items: tuple[Item, ...]
    config: Config
    remi: bool = False
    crashing: tuple[str, ...] = ()


class Slip(msgspec.Struct, frozen=True):
    """What a shard holds and what was left out; written last, it says that the shard is whole."""

    entries: tuple[Entry, ...]
    rejected: tuple[Rejected, ...]


class Made(msgspec.Struct, frozen=True):
    """A shard: records of pieces, their token arrays (.npz), its slip."""

    shard: str
    pieces: bytes
    arrays: bytes
    slip: bytes
