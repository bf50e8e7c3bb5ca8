"""Roll: who shall be in a worker, who is being loaded, who is there, who is refused."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from server.experts.messages import Summoned
from server.experts.seats import Seat

MAX_DEATHS: Final = 2  # once may be somebody else's kill; a third life would cost the others another pause
LOAD_S: Final = 60.0  # a gigabyte from a slow card; what takes longer will never be done


class Roll:
    """The experts of one worker, which loads them in the order of asking; belongs to the event loop.

    send: ask the worker for one; False while there is none.  kill: end a worker that loads for ever.  on_summoned:
    told of every expert that became ready or was refused.
    """

    def __init__(
        self, send: Callable[[Seat], bool], kill: Callable[[], None], on_summoned: Callable[[Summoned], None]
    ) -> None:
        """Begin with nobody."""
        self._send, self._kill, self._on_summoned = send, kill, on_summoned
        self.wanted: list[Seat] = []
        self.loading: list[Seat] = []
        self.ready: dict[Seat, str] = {}
        self._deaths: Counter[Seat] = Counter()
        self._doom: asyncio.TimerHandle | None = None

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready."""
        if seat in self.ready or seat in self.loading:
            return
        if seat not in self.wanted:
            self.wanted.append(seat)
        self._load(seat)

    def summon_all(self) -> None:
        """Have everybody made ready by a new worker."""
        for seat in self.wanted:
            self._load(seat)

    def hear(self, summoned: Summoned) -> None:
        """Learn that an expert is ready or cannot be."""
        seat = Seat(summoned.name, summoned.version)
        self.loading = [other for other in self.loading if other != seat]
        if summoned.error:
            self.wanted = [other for other in self.wanted if other != seat]
        else:
            self.ready[seat] = summoned.actual
        self._watch()
        self._on_summoned(summoned)

    def lose(self) -> None:
        """Learn that the worker has ended: refuse an expert whose loading ended it again and again."""
        suspects, self.loading = self.loading[:1], []
        self.ready.clear()
        self._watch()
        for seat in suspects:
            self._deaths[seat] += 1
            if self._deaths[seat] >= MAX_DEATHS:
                self.wanted.remove(seat)
                self._on_summoned(Summoned(seat.name, seat.version, "", "its worker died of loading it"))

    def _load(self, seat: Seat) -> None:
        if self._send(seat):
            self.loading.append(seat)
            if len(self.loading) == 1:
                self._watch()

    def _watch(self) -> None:
        """Give the expert that is being loaded its time."""
        if self._doom is not None:
            self._doom.cancel()
        loop = asyncio.get_running_loop()
        self._doom = loop.call_later(LOAD_S, self._kill) if self.loading else None
