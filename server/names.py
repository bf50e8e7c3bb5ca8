"""Names: what may be asked for now: sections, genres, scenes, experts and their versions."""

import logging
import time
from collections.abc import Callable, Mapping

from engines.control.command import Lexicon
from engines.control.desk import Desk
from engines.genre import Genre
from engines.library import Library, LibraryError
from server.opening import expert_names, shelf

log = logging.getLogger("melody-engine")

LIST_AGAIN_S = 1.0
"""How old the list of experts may be: a version that was just trained can be asked for while we play."""


class Names:
    """Makes the lexicon of a desk. is_led: whether an outside clock leads the tempo."""

    def __init__(
        self, genres: Mapping[str, Genre], library: Library, now: Callable[[], float] = time.monotonic
    ) -> None:
        """List the experts of `library`."""
        self.is_led: Callable[[], bool] = lambda: False
        self._genres, self._library, self._now = genres, library, now
        self._experts = expert_names(library)
        self._listed, self._shelf = now(), shelf(library.folder)
        self._trouble = ""

    def lexicon(self, desk: Desk) -> Lexicon:
        """Return the names that are valid now."""
        self._list_again()
        return Lexicon(
            sections=tuple(self._genres[desk.wish.genre].sections),
            genres=tuple(self._genres),
            experts=self._experts,
            scenes=tuple(desk.scenes),
            led=self.is_led(),
        )

    def _list_again(self) -> None:
        """Look for new versions of experts, at most every LIST_AGAIN_S."""
        if self._now() - self._listed > LIST_AGAIN_S:
            self._listed = self._now()
            try:
                if (found := shelf(self._library.folder)) != self._shelf:
                    self._shelf, self._experts = found, expert_names(self._library)
                self._trouble = ""
            except (LibraryError, OSError) as error:  # somebody is at the shelf: what was known holds until it is whole
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    log.warning("experts are not listed anew: %s", error)
