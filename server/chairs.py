"""Chairs: who has which place in the band, and who stands behind, by the line-up and by what the performer asks for."""

from collections.abc import Callable, Mapping, Sequence

from engines.control.state import Control
from engines.ensemble import RULES
from server.experts.seats import Seat


class Chairs:
    """The chain of every chair. Law: who has a chair keeps it until the one asked for is ready.

    ready: whether an expert can be asked.  on_swap: told of an expert that takes a chair.
    """

    def __init__(
        self, lineup: Mapping[str, Sequence[str]], ready: Callable[[Seat], bool], on_swap: Callable[[Seat], None]
    ) -> None:
        """Seat the line-up; nobody is asked behind the rules, which always answer."""
        self._chains = {chair: _before_rules(chain) for chair, chain in lineup.items()}
        self._ready, self._on_swap = ready, on_swap
        self._seated: dict[str, Seat] = {}

    @property
    def complete(self) -> bool:
        """Whether every first choice of the line-up is ready."""
        return all(self._ready(chain[0]) for chain in self._chains.values() if chain)

    @property
    def lined_up(self) -> tuple[Seat, ...]:
        """Everybody in the line-up, in its order."""
        return tuple(dict.fromkeys(seat for chain in self._chains.values() for seat in chain))

    def on_stage(self) -> set[Seat]:
        """Return everybody who may be asked as things stand."""
        return {seat for chair in self._chains.keys() | self._seated.keys() for seat in self._chain(chair)}

    def take(self, chair: str, control: Control) -> tuple[Seat, ...]:
        """Seat whom the control asks for, if ready; return whom to ask, in order; () = the rules."""
        wish = control.chairs.get(chair)
        if wish is not None and wish.expert:
            wanted = Seat(wish.expert, wish.version)
            if wish.expert == RULES:
                self._seated[chair] = Seat(RULES)
            elif self._ready(wanted):
                if self._seated.get(chair) != wanted:
                    self._on_swap(wanted)
                self._seated[chair] = wanted
        return self._chain(chair)

    def _chain(self, chair: str) -> tuple[Seat, ...]:
        first, chain = self._seated.get(chair), self._chains.get(chair, ())
        if first is None or first.name == RULES:
            return chain if first is None else ()
        return (first, *(seat for seat in chain if seat != first))


def _before_rules(chain: Sequence[str]) -> tuple[Seat, ...]:
    names = list(chain)
    return tuple(Seat(name) for name in names[: names.index(RULES) if RULES in names else None])
