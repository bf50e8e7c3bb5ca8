"""What a surface may do with the stage, and what the stage tells everybody: the seam between both.

Surfaces (OSC, MIDI, MQTT, web) know only this; the performance implements it.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from engines.control.command import Rejected, Value


class Event(msgspec.Struct, frozen=True):
    """News in OSC form: /state/<parameter> value · /bar i · /beat i · /plan … · /played … · /late … · /rejected …."""

    address: str
    args: tuple[Value, ...]


class Stage(Protocol):
    """The performance as surfaces see it; every method returns at once and is called on the event loop."""

    def receive(
        self, address: str, args: Sequence[object], *, at: float | None = None, sweep: bool = False
    ) -> Rejected | None:
        """Take a command as it came; `at` (monotonic s) in the future delays it by up to 10 s; `sweep`: see Command.

        Returns the Rejected for the sender (which is counted, logged and announced as well), or None.
        """

    def count_refusal(self) -> None:
        """Count a message that a surface refused by itself (malformed, not allowed): it never came to `receive`."""

    def hold_chord(self, pitches: Sequence[int]) -> None:
        """Tell which keys are held now (MIDI numbers, none = released): counts as `/chord` while they are."""

    def state(self) -> dict[str, tuple[Value, ...]]:
        """Return every state path (without `/state/`) with its values: the wishes of the performer."""

    def status(self) -> tuple[tuple[str, Value], ...]:
        """Return the key and value pairs of `/status`."""

    def listen(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with every event from now on; returns the function that ends it."""
