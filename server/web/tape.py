"""The show as a MIDI file: the whole recording, or its last bars.

A long show is read in parts that are joined, and cutting takes work: both are done by a process of its own
(`server.web.tapegive`), after all others, so that it takes no time from the music, and nobody holds more of the show
in memory than what is just being sent.
"""

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from server.web.tapegive import Label

MOST_BARS: Final = 100_000
LIMIT_S: Final = 20.0
"""So long laying out, cutting, or reading the next piece may take."""
PIECE_BYTES: Final = 65_536
NOTE: Final = "Melody-Note"
"""The header that says in plain words what is missing."""


class TapeError(Exception):
    """No file can be given, or not all of it; the text is the reason."""


class Tape(NamedTuple):
    """A file on its way. chunks raises TapeError where it ends too early."""

    label: Label
    chunks: AsyncIterator[bytes]


@contextlib.asynccontextmanager
async def opened(path: Path, bars: int | None) -> AsyncIterator[Tape]:
    """Return the show that is recorded to `path`, or its last bars; TapeError where that cannot be."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.web.tapegive", str(path), *([] if bars is None else [str(bars)]),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=PIECE_BYTES,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        try:
            async with asyncio.timeout(LIMIT_S):
                label = msgspec.json.decode(await process.stdout.readline(), type=Label)
        except TimeoutError:
            raise TapeError(f"reading the recording took more than {LIMIT_S:g} s") from None
        except msgspec.DecodeError:
            raise TapeError("the recording cannot be read") from None
        if label.problem:
            raise TapeError(label.problem)
        yield Tape(label, _chunks(process.stdout, label.size))
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _chunks(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    while size:
        try:
            async with asyncio.timeout(LIMIT_S):
                chunk = await reader.read(min(size, PIECE_BYTES))
        except TimeoutError:
            chunk = b""
        if not chunk:
            raise TapeError("the recording could not be read to its end")
        size -= len(chunk)
        yield chunk


def headers(path: Path, bars: int | None, label: Label) -> dict[str, str]:
    """Return the headers of a file: its name, which tells a piece from a whole show, and what is missing in it."""
    piece = f"-last-{bars}" if bars is not None else f"-from-bar-{label.bar}" if label.bar > 1 else ""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{path.stem}{piece}{path.suffix}")
    said = {NOTE: label.note} if label.note else {}
    return {"Content-Disposition": f'attachment; filename="{name}"', **said}
