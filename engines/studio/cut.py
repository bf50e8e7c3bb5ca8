"""Cut: a rendering made as long as its piece: a synthesiser goes on for seconds after the last note."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

HUSH: Final = 3
"""Of 32767: the loudest that counts as silence; a reverb's last flicker lies below."""
LOUDEST: Final = 2**15 - 1
Frames = NDArray[np.int32]


def cut(rendered: Path, to: Path, seconds: float, *, loop: bool) -> None:
    """Copy 16-bit .wav that lasts so many seconds of music, and what rings on after it.

    Law: a loop's lasts exactly as long as the loop, and what rings on sounds at its beginning; any other's lasts that
    long at least, and until silence. Raises OSError.
    """
    with wave.open(str(rendered)) as heard, wave.open(str(to), "wb") as kept:
        kept.setparams(heard.getparams())
        frames = round(seconds * heard.getframerate())
        heard.setpos(min(frames, heard.getnframes()))
        tail = _sounding(_read(heard, heard.getnframes()))
        heard.rewind()
        for block in _around(heard, frames, tail[:frames]) if loop else _around(heard, frames + len(tail), tail[:0]):
            kept.writeframesraw(block.astype("<i2").tobytes())


def _around(heard: wave.Wave_read, frames: int, tail: Frames) -> Iterator[Frames]:
    """Yield so many frames, a second at a time, with the tail over the first ones; silence where there are too few."""
    done, second = 0, heard.getframerate()
    while done < frames:
        block = np.zeros((min(second, frames - done), heard.getnchannels()), np.int32)
        for part in (_read(heard, len(block)), tail[done : done + len(block)]):
            block[: len(part)] += part
        done += len(block)
        yield np.clip(block, -LOUDEST - 1, LOUDEST)


def _read(heard: wave.Wave_read, frames: int) -> Frames:
    return np.frombuffer(heard.readframes(frames), "<i2").reshape(-1, heard.getnchannels()).astype(np.int32)


def _sounding(frames: Frames) -> Frames:
    """Return frames without the silence at their end."""
    loud = np.flatnonzero(np.abs(frames).max(axis=1) > HUSH)
    return frames[: int(loud[-1]) + 1 if len(loud) else 0]
