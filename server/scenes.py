"""Scenes on disk: controls stored by name, so that they are there again at the next show."""

import logging
import queue
import threading
from pathlib import Path
from typing import Final

import msgspec

from engines.control.state import Control

log = logging.getLogger("melody-engine")

MAX_BYTES: Final = 4 << 20


class SceneError(ValueError):
    """A scenes file that cannot be read; the message names it."""


def load_scenes(path: Path) -> dict[str, Control]:
    """Read the scenes; none where there is no file."""
    if not path.is_file():
        return {}
    if path.stat().st_size > MAX_BYTES:
        raise SceneError(f"{path}: larger than {MAX_BYTES} bytes, this is no scenes file of ours")
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Control])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SceneError(f"{path}: {error}; move it away to begin without scenes") from None


class SceneKeeper:
    """Writes the scenes whole, on a thread of its own, by renaming: the file is valid at every moment."""

    def __init__(self, path: Path) -> None:
        """Begin to wait for scenes to write."""
        self._path = path
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="scenes", daemon=True)
        self._thread.start()

    def keep(self, scenes: dict[str, Control]) -> None:
        """Write these scenes soon."""
        self._queue.put(msgspec.json.format(msgspec.json.encode(scenes)))

    def close(self) -> None:
        """Write what is waiting."""
        self._queue.put(None)
        self._thread.join(2.0)

    def _write(self) -> None:
        while (data := self._queue.get()) is not None:
            other = self._path.with_name(f".{self._path.name}.part")
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                other.write_bytes(data)
                other.replace(self._path)
            except OSError as error:
                log.warning("scenes are kept for this show only: %s", error)
