"""Does a loaded graph do what its card says? Ports and golden vectors."""

from typing import TYPE_CHECKING, Any

import numpy as np

from engines.card import Card, Golden, Port
from engines.shelf import LibraryError

if TYPE_CHECKING:
    from engines.neural.session import Session


def check_ports(session: "Session", card: Card) -> None:
    """Raise LibraryError unless inputs, outputs and heads of the graph are those of the card."""

    def described(ports: Any) -> tuple[Port, ...]:
        types = {"tensor(int64)": "int64", "tensor(float)": "float32"}
        return tuple(Port(p.name, types.get(p.type, p.type), tuple(p.shape)) for p in ports)

    if (described(session.runner.get_inputs()), described(session.runner.get_outputs())) != (card.inputs, card.outputs):
        raise LibraryError("inputs or outputs of the graph are not those of the card")
    if sum(card.heads) != session.classes:
        raise LibraryError("the heads of the card do not fill the logits")


def check_golden(session: "Session", golden: Golden) -> None:
    """Raise LibraryError unless the graph gives the logits of its golden vectors."""
    if not golden.tokens or not len(golden.tokens) == len(golden.features) == len(golden.logits):
        raise LibraryError("golden vectors are incomplete")
    found = session.replay(np.array(golden.tokens, np.int64), np.array(golden.features, np.float32))
    worst = float(np.abs(found - np.array(golden.logits, np.float32)).max())
    if not worst <= golden.tolerance:
        raise LibraryError(f"golden vectors are off by {worst:.3g} (allowed: {golden.tolerance})")
