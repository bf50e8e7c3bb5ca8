"""The show as a MIDI file: the recording, or its last bars.

Cutting reads the whole file, which takes a second for an hour's music: it is done by a process of its own
(`server.web.tapecut`), after all others, so that it takes no time from the music.
"""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Final

MOST_BARS: Final = 100_000
LIMIT_S: Final = 20.0


class TapeError(Exception):
    """No file can be given; the text is the reason."""


async def whole(path: Path) -> bytes:
    """Return a recording as it stands; TapeError where it cannot be read."""
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise TapeError(f"the recording cannot be read: {error.strerror}") from error


async def last_bars(path: Path, bars: int) -> bytes:
    """Return the last bars of a recording; TapeError where that fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.web.tapecut", str(path), str(bars),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT_S):
            data, _ = await process.communicate()
    except TimeoutError:
        raise TapeError(f"cutting the recording took more than {LIMIT_S:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise TapeError("the recording cannot be read")
    return data
