"""What recipes share between a finished run and its card: licence, data hash, proof and latencies as figures."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from engines.card import File
from engines.neural.session import StepSession
from training.export import Proof, sources, step_us

LICENCE: Final = "MIT (weights); sources keep their licences and attributions"
TO_COME: Final = File("", "", 0)  # `training.export.write_version` fills these in

Metrics = dict[str, float | str | list[float]]


def data_hash(data: Path, folders: dict[str, tuple[str, str]]) -> str:
    """Return one hash over the data folders."""
    return hashlib.sha256("".join(source.sha256 for source in sources(data, folders)).encode()).hexdigest()


def proof_metrics(proof: Proof, parity: float) -> Metrics:
    """Return the export's proof as figures of a card; parity: greatest difference between torch and the fp32 graph."""
    return {
        "torch_parity": parity,
        **{f"int8_{name}": float(value) for name, value in msgspec.structs.asdict(proof).items()},
    }


def latencies(graph: bytes) -> dict[str, float]:
    """Return microseconds per step at batch 1 and 16."""
    session = StepSession(graph)
    return {f"step_batch_{batch}": round(step_us(session, batch), 1) for batch in (1, 16)}
