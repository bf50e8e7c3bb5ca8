"""Files of the library: read within bounds and by hash, written atomically."""

import hashlib
import os
import stat
from pathlib import Path

from engines.card import File


class LibraryError(Exception):
    """Something on the shelf is missing, broken or not what its card says."""


def names_in(folder: Path, files: bool = False) -> list[str]:
    """Return the names of the sub-folders (or regular files) of a folder, hidden and private ones left out."""
    try:
        with os.scandir(folder) as found:
            entries = [e for e in found if (e.is_file() if files else e.is_dir()) and e.name[0] not in "._"]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(entry.name for entry in entries)


def read_file(folder: Path, name: str, limit: int, card: File | None = None) -> bytes:
    """Return a regular file of a folder, at most `limit` bytes, and exactly as its card says where there is one."""
    if name not in names_in(folder, files=True):
        raise LibraryError(f"no file {name[:60]!r}")
    path = folder / name
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
        raise LibraryError(f"{name}: {found.st_size} bytes, at most {limit} allowed")
    if card and card.size != found.st_size:
        raise LibraryError(f"{name}: {found.st_size} bytes, the card says {card.size}")
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise LibraryError(f"{name}: more than {limit} bytes")
    if card and hashlib.sha256(data).hexdigest() != card.sha256:
        raise LibraryError(f"{name}: sha256 is not the card's")
    return data


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new text, never a part."""
    part = path.with_name(path.name + ".part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
