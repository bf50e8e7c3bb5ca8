"""What takes long to read or make is kept in a file that is named by all that determines it."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def kept(place: Path, make: Callable[[], T]) -> T:
    """Return what `place` holds, else make it and keep it there; several processes may come at once."""
    if place.exists():
        return pickle.loads(place.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 - our own, see above
    found = make()
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(pickle.dumps(found))
    part.replace(place)
    return found
