"""Giving a show: `python -m server.web.tapegive FILE [BARS]` writes it, or its last bars, to standard output.

First a line of JSON, the Label, then the bytes of a MIDI file. A process of its own, after everybody else.
"""

import contextlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from engines.units import TICKS_PER_BAR
from server.priority import ask
from server.recording import NOT_WHOLE
from server.web.tapecut import cut
from server.web.tapejoin import Hole, Joined
from server.web.tapeparts import Part, parts_of

LAST: Final = 19
"""Niceness: after everybody else."""


class Label(msgspec.Struct, frozen=True):
    """What is given: bytes, what is missing in it ("" = nothing), its first bar; problem: why nothing is given."""

    size: int = 0
    note: str = ""
    bar: int = 1
    problem: str = ""


def whole(parts: Sequence[Part]) -> tuple[Label, Iterable[bytes]]:
    """Return the show; NOT_WHOLE where its parts are no recording, OverflowError where no file can hold it."""
    joined = Joined(parts)
    return Label(joined.size, note(joined.holes), 1 + parts[0].seam.begin // TICKS_PER_BAR), joined


def last(parts: Sequence[Part], bars: int) -> tuple[Label, Iterable[bytes]]:
    """Return the last bars of the show; raises what `whole` raises."""
    begin = (-(-parts[-1].end // TICKS_PER_BAR) - bars) * TICKS_PER_BAR
    before = [part for part in parts if part.seam.begin < begin]  # its head, with what is held, ends within a bar
    joined = Joined(parts[max(0, len(before) - 1) :])
    data = cut(b"".join(joined), bars)
    missing = [hole for hole in joined.holes if hole.tick + hole.bars * TICKS_PER_BAR > begin]
    return Label(len(data), note(missing), 1 + max(begin, parts[0].seam.begin) // TICKS_PER_BAR), (data,)


def note(holes: Iterable[Hole]) -> str:
    """Return in words what is missing."""
    texts = "; ".join(hole.text for hole in holes)
    return texts and f"{texts}: their files are not there any more"


def main(path: str, bars: str = "") -> None:
    """Write the show, or its last bars, to standard output."""
    ask(LAST)
    open_many()
    with contextlib.ExitStack() as stack:
        label, pieces = laid_out(stack, Path(path), int(bars or 0))
        sys.stdout.buffer.write(msgspec.json.encode(label) + b"\n")
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def laid_out(stack: contextlib.ExitStack, path: Path, bars: int) -> tuple[Label, Iterable[bytes]]:
    """Return what is given, or why nothing is; bars: 0 = all."""
    try:
        parts = stack.enter_context(parts_of(path))
        return last(parts, bars) if bars else whole(parts)
    except OverflowError as error:
        problem = f"{error}, and the show has more: take its files from the folder {path.parent.name}"
    except OSError as error:
        problem = f"the recording cannot be read: {error.strerror}"
    except NOT_WHOLE as error:
        problem = f"the recording cannot be read: {error}"
    return Label(problem=problem), ()


def open_many() -> None:
    """Ask for as many open files as this system gives: each part is one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main(*sys.argv[1:3])
