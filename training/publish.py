"""What the recipes of drums and harmony share between a finished run and its card."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from engines.card import Card, File
from engines.neural.session import StepSession
from training.export import Proof, sources, step_us

LICENCE: Final = "MIT (weights); sources keep their licences and attributions"
TO_COME: Final = File("", "", 0)  # `training.export.write_version` fills these in

Metrics = dict[str, float | str | list[float]]


def data_hash(data: Path, folders: dict[str, tuple[str, str]]) -> str:
    """Return one hash over the data folders."""
    return hashlib.sha256("".join(source.sha256 for source in sources(data, folders)).encode()).hexdigest()


def proof_metrics(proof: Proof) -> Metrics:
    """Return the export's proof as figures of a card."""
    return {f"int8_{name}": float(value) for name, value in msgspec.structs.asdict(proof).items()}


def latencies(graph: bytes) -> dict[str, float]:
    """Return microseconds per step at batch 1 and 16."""
    session = StepSession(graph)
    return {str(batch): round(step_us(session, batch), 1) for batch in (1, 16)}


def write_metrics(folder: Path, card: Card, found: Metrics) -> None:
    """Put figures into a card on disk, beside those that are there."""
    whole = msgspec.structs.replace(card, metrics={**card.metrics, **found})
    part = folder / "card.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))
    part.replace(folder / "card.json")
