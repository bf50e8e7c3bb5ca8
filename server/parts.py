"""Parts: a file that grows for weeks is begun anew when it is full; what it held stays beside it, numbered.

`show.mid` is always the file being written, `show.1.mid` the oldest part. A law of disks and of memory: whoever
writes a file whole, or reads it whole after a crash, must not do so with the music of a month.
"""

import contextlib
from pathlib import Path
from typing import Final

import msgspec


class Parts(msgspec.Struct, frozen=True):
    """How great a part may become, MB (None = one file), and how many older ones are kept (None = all)."""

    mb: float | None = None
    keep: int | None = None

    def full(self, size: int) -> bool:
        """Whether a file of so many bytes is to be begun anew."""
        return self.mb is not None and size >= self.mb * 1e6


WHOLE: Final = Parts()
"""One file, however long."""


def older(path: Path) -> list[Path]:
    """Return the parts before the file at `path`, the oldest first."""
    return [part for _, part in numbered(path)]


def turn(path: Path, keep: int | None = None) -> int:
    """Move a full file to its number and drop the oldest of more than `keep`; OSError where the first cannot be."""
    before = numbered(path)
    number = before[-1][0] + 1 if before else 1
    path.replace(path.with_name(f"{path.stem}.{number}{path.suffix}"))
    if keep is not None:
        for part in older(path)[: -keep or None]:
            with contextlib.suppress(OSError):
                part.unlink()
    return number


def numbered(path: Path) -> list[tuple[int, Path]]:
    """Return the numbers of the parts with their places, in order."""
    found = []
    for part in path.parent.glob("*"):
        number = part.name.removeprefix(f"{path.stem}.").removesuffix(path.suffix)
        if number.isdecimal() and part.name == f"{path.stem}.{number}{path.suffix}":
            found.append((int(number), part))
    return sorted(found)
