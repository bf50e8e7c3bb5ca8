"""What a recurrent expert remembers of the bars heard: pure memoisation of encoded prefixes.

An expert stays stateless: a state is a function of the bars it has read, so keeping it is only a saving.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.expert import Heard
from engines.plan import Plan

ANCHOR_BARS = 4


class State(msgspec.Struct, frozen=True):
    """The session's state, the inputs of the next step [B, K], and what the caller keeps beside (steps ringing)."""

    hidden: Any
    fields: NDArray[np.int64]
    ringing: int = 0


class Memory:
    """States by prefix, least recently used dropped first."""

    def __init__(self, size: int = 64) -> None:
        """size: prefixes kept."""
        self.size = size
        self.kept: OrderedDict[bytes, State] = OrderedDict()

    def read(self, bars: Sequence[tuple[object, ...]], start: State, advance: Callable[[State, int], State]) -> State:
        """Return the state after all bars; `advance(state, n)` reads bar n where its prefix is not kept.

        bars: whatever determines how a bar is read; must be encodable by msgspec.
        """
        keys, digest = [], b""
        for bar in bars:
            digest = hashlib.blake2b(msgspec.msgpack.encode((digest, bar)), digest_size=16).digest()
            keys.append(digest)
        known = next((n for n in range(len(keys), 0, -1) if keys[n - 1] in self.kept), 0)
        state = self.kept[keys[known - 1]] if known else start
        for n in range(known, len(bars)):
            state = advance(state, n)
            self.kept[keys[n]] = state
        for key in (key for key in keys if key in self.kept):
            self.kept.move_to_end(key)
        while len(self.kept) > self.size:
            self.kept.popitem(last=False)
        return state


def anchored(history: tuple[Heard, ...], plan: Plan) -> tuple[Heard, ...]:
    """Return the last 4 to 7 bars heard, beginning at a multiple of four bars.

    The beginning moves once in four bars, so most bars are read from a kept prefix plus one.
    """
    first = max(0, (plan.index - ANCHOR_BARS) // ANCHOR_BARS * ANCHOR_BARS)
    return tuple(heard for heard in history if heard.plan.index >= first)
