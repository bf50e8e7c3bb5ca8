"""Touch: the learned hands of voices, a table of a few numbers on the shelf.

The file is JSON: voice -> Hand. What it proves of itself are the numbers it draws: same seed, same unevenness.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec.grid import fingerprint
from engines.expert import ExpertError
from engines.hand import BARS, DRIFT_BARS, Hand
from engines.ngram.table import Ports
from engines.units import STEPS_PER_BAR, VOICES

NAME: Final = "touch"
QUANTITIES: Final = ("late", "loud")
FINGERPRINT: Final = fingerprint("touch", 1, STEPS_PER_BAR, BARS, DRIFT_BARS, *QUANTITIES)


class Touch:
    """The hands of some voices; raises ValueError on a broken file."""

    def __init__(self, model: bytes) -> None:
        """Read the file."""
        self.hands = msgspec.json.decode(model, type=dict[str, Hand])
        if strangers := sorted(self.hands.keys() - set(VOICES)):
            raise ValueError(f"hands of {strangers[0][:40]!r}, which is no voice")
        self.runner, self.classes = Ports(), len(self.hands) * len(QUANTITIES)

    def replay(self, tokens: NDArray[np.int64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what strokes share: tokens [T, 3] seed, bar, step -> [T, classes], voices by name, late and loud."""
        del features
        wanders = [getattr(self.hands[voice], name) for voice in sorted(self.hands) for name in QUANTITIES]
        rows = [[wander.strokes(seed, bar)[step] for wander in wanders] for seed, bar, step in tokens.tolist()]
        return np.array(rows, np.float32)


SESSION: Final = Touch


def build(card: Card, touch: Touch) -> Touch:
    """Return the touch of a verified card; its file is all there is to it."""
    del card
    return touch


def self_test(touch: Touch) -> None:
    """Raise ExpertError unless somebody plays."""
    if not touch.hands:
        raise ExpertError("a touch without hands")
