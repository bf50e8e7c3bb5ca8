"""Item: one unit of raw music on its way to a worker, and what its folder says about it."""

from pathlib import Path

import msgspec

from training.corpus.piece import Role, Tier


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a folder knows beside the notes.

    song: pieces of the same song never come to different sides. split: the folder's own split, if it has one.
    played: whether velocities are a human's (None: guessed). form: piece or pattern. roles: of the tracks, in order.
    chords: names, one a bar. meta: what else is worth keeping.
    """

    song: str = ""
    split: str = ""
    licence: str = ""
    played: bool | None = None
    form: str = "piece"
    roles: tuple[Role, ...] = ()
    chords: tuple[str, ...] = ()
    meta: dict[str, str] = {}


class Item(msgspec.Struct, frozen=True):
    """One unit. reader: a name in `training.corpus.readers.READERS`. data: its bytes, or empty: those of `path`.

    stamp: what tells a change of the file behind `path` (size and time), empty where data says it all.
    """

    source: str
    reader: str
    name: str
    tier: Tier
    licence: str
    data: bytes = b""
    path: str = ""
    stamp: str = ""
    about: About = About()

    def content(self) -> bytes:
        """Return the bytes."""
        return Path(self.path).read_bytes() if self.path else self.data
