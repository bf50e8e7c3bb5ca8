"""Address patterns of commands, as OSC 1.0 has them: `/voice/*/mute 1` goes to every voice's mute.

Part by part, so that a `*` ends at a slash, and to values only: nothing is started, stopped or undone by a pattern.
"""

from collections.abc import Hashable
from typing import Final

from engines.control.tree import BY_PATH
from server.surfaces.osc.limits import Limiter
from server.surfaces.osc.pattern import BadPatternError, Pattern

PATTERNS_PER_S: Final = 100
"""Patterns of one sender that were not met lately: each is held against the whole tree."""
COMMANDS_PER_S: Final = 1000
"""Commands that one sender may have made of patterns: five voices, 200 times a second."""
MAX_REMEMBERED: Final = 256
VALUES: Final = {tuple(path.split("/")): each.path for path, each in BY_PATH.items() if each.kind == "value"}
"""What a pattern may stand for, part by part, aliases too."""


class Patterns:
    """Tells what addresses a pattern stands for, and no sender too many."""

    def __init__(self) -> None:
        """Know no pattern yet."""
        self._met: dict[str, tuple[str, ...]] = {}
        self._new, self._commands = Limiter(PATTERNS_PER_S), Limiter(COMMANDS_PER_S)

    def paths(self, pattern: str, sender: Hashable, now: float) -> tuple[str, ...]:
        """Return the paths of a pattern in lower case; BadPatternError where it has none or `sender` had enough."""
        paths = self._met.get(pattern)
        if paths is None:
            if self._new.take(sender, now) < 0:
                raise BadPatternError(f"more than {PATTERNS_PER_S} new patterns in a second")
            paths = matching(pattern)
            if len(self._met) >= MAX_REMEMBERED:
                self._met.clear()
            self._met[pattern] = paths
        for _ in paths:
            if self._commands.take(sender, now) < 0:
                raise BadPatternError(f"more than {COMMANDS_PER_S} commands by patterns in a second: not taken")
        return paths


def matching(pattern: str) -> tuple[str, ...]:
    """Return the paths of the values that a pattern fits, each once; BadPatternError where it fits none."""
    parts = pattern.split("/")
    alike = [value for value in VALUES if len(value) == len(parts)]
    for place, text in enumerate(parts if alike else ()):
        fits = Pattern(text).matches
        alike = [value for value in alike if fits(value[place])]
    if not alike:
        raise BadPatternError("no value has an address like that; patterns set values, and * ends at a slash")
    return tuple(dict.fromkeys(VALUES[value] for value in alike))
