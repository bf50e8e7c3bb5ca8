"""What the folders of music share: makers of items, archives, packed tables."""

import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from training.corpus.item import About, Item
from training.corpus.piece import Tier

Items = Iterator[Item]


class Maker(msgspec.Struct, frozen=True):
    """Makes the items of one source."""

    source: str
    tier: Tier
    licence: str

    def item(self, reader: str, name: str, data: bytes, about: About | None = None) -> Item:
        """Return an item with its bytes."""
        return Item(self.source, reader, name, self.tier, self.licence, data, about=about or About())


def members(path: Path, ending: str = ".mid") -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the files of an archive whose names end so."""
    with tarfile.open(path) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name.endswith(ending) else None
            if stream is not None:
                yield member.name, stream.read()


def rows(path: Path) -> Iterator[bytes]:
    """Yield the lines of a packed table."""
    with lzma.open(path) as lines:
        yield from lines


def table(path: Path) -> Any:
    """Return a JSON file, packed or not."""
    return json.loads(lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes())


def as_bytes(value: object) -> bytes:
    """Return a value as JSON."""
    return msgspec.json.encode(value)


def plain(name: str) -> str:
    """Return a song's name without what spelling and folders add."""
    return "".join(letter for letter in Path(name).name.removesuffix(".mid").lower() if letter.isalnum())
