"""The learned harmony: a GRU with a pointer into what was heard."""

from typing import Final

from engines.card import Card
from engines.codec import harmony as codec
from engines.neural.chooser import ChordChooser, self_test
from engines.neural.pointer import PointerReader
from engines.neural.session import StepSession

__all__ = ["FINGERPRINT", "SESSION", "build", "self_test"]

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = StepSession


def build(card: Card, session: StepSession) -> ChordChooser:
    """Return the expert of a verified card."""
    return ChordChooser(card, lambda: PointerReader(session))
