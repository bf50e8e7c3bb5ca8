"""Touched: genres as the learned hands of a library play them."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from engines.genre import Genre
from engines.hand import Hand
from engines.library import Library, LibraryError
from engines.touch import NAME


def in_use(library: Library) -> str:
    """Return the version of the touch in use, "" = none; raises LibraryError."""
    return library.current().get(NAME, "")


def touched(
    genres: Mapping[str, Genre], library: Library, warn: Callable[[str], object], version: str | None = None
) -> dict[str, Genre]:
    """Return genres played with a version of the touch, None = the one in use; hands that a genre names itself stay.

    "" or none in use: the genres as they are. A broken one as well, and `warn` is told: jitter must not stop the music.
    """
    try:
        wanted = in_use(library) if version is None else version
        hands: dict[str, Hand] = library.load_touch(NAME, wanted).hands if wanted else {}
    except LibraryError as error:
        warn(f"no learned touch: {error}")
        hands = {}
    return {name: replace(genre, hands=hands | genre.hands) for name, genre in genres.items()}
