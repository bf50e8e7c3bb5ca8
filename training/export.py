"""From a proved graph to a shipped folder: golden vectors, card, sources."""

import datetime as dt
import hashlib
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engines.card import Card, File, Golden, Port, Source
from engines.neural.cache import open_session
from engines.neural.session import Sampler, widen
from training.networks.spec import Spec
from training.proof import (
    KL_LIMIT,
    Proof,
    Teacher,
    check_parity,
    choose_graph,
    choose_precision,
    kl_per_step,
    log_softmax,
    run_steps,
    step_us,
    to_int8,
)

__all__ = [
    "KL_LIMIT",
    "TOLERANCE",
    "Proof",
    "Teacher",
    "check_parity",
    "choose_graph",
    "choose_precision",
    "golden",
    "kl_per_step",
    "log_softmax",
    "ports",
    "ports_of",
    "replace_card",
    "revision",
    "run_steps",
    "sources",
    "step_us",
    "to_int8",
    "today",
    "write_version",
]

TOLERANCE = 0.4  # logits: INT8 kernels of other CPUs round activations otherwise
GOLDEN_STEPS = 32


def golden(graph: bytes, teacher: Teacher) -> Golden:
    """Return golden vectors: the first window's first steps, rounded so that the file stays small."""
    session, tokens = open_session(graph), teacher.tokens[:1, :GOLDEN_STEPS]
    features = np.round(widen(teacher.features[:1, :GOLDEN_STEPS], session.features), 4).astype(np.float32)
    logits = run_steps(session, Teacher(tokens, features))
    rounded = [[round(float(x), 4) for x in row] for row in features[0]]
    return Golden(tokens[0].tolist(), rounded, [[round(float(x), 4) for x in row] for row in logits[0]], TOLERANCE)


def ports(spec: Spec) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return inputs and outputs of a step graph as the card names them."""
    width = spec.layers * spec.hidden
    inputs = (
        Port("tokens", "int64", ("batch", len(spec.vocabularies))),
        Port("features", "float32", ("batch", spec.features)),
        Port("state", "float32", ("batch", width)),
    )
    return inputs, (
        Port("logits", "float32", ("batch", sum(spec.heads))),
        Port("state_out", "float32", ("batch", width)),
    )


def ports_of(session: Sampler) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return inputs and outputs of any loaded graph as the card names them."""

    def described(found: Any) -> tuple[Port, ...]:
        return tuple(Port(p.name, "int64" if p.type == "tensor(int64)" else "float32", tuple(p.shape)) for p in found)

    return described(session.runner.get_inputs()), described(session.runner.get_outputs())


def write_version(folder: Path, card: Card, graph: bytes, vectors: Golden, ending: str = ".onnx") -> Card:
    """Write model, golden vectors and card to `folder`; the card's file entries are filled in here."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _write(folder / f"{card.name}{ending}", graph)
    gold = _write(folder / "golden.json", msgspec.json.encode(vectors))
    whole = msgspec.structs.replace(card, model=model, golden=gold)
    _write(folder / "card.json", msgspec.json.format(msgspec.json.encode(whole), indent=1))
    return whole


def replace_card(folder: Path, metrics: dict[str, float | str | list[float]]) -> Card:
    """Add figures to the card of a version."""
    card = msgspec.json.decode((folder / "card.json").read_bytes(), type=Card)
    whole = msgspec.structs.replace(card, metrics=card.metrics | metrics)
    _write(folder / "card.json", msgspec.json.format(msgspec.json.encode(whole), indent=1))
    return whole


def _write(path: Path, data: bytes) -> File:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
    return File(path.name, hashlib.sha256(data).hexdigest(), len(data))


def sources(data: Path, folders: dict[str, tuple[str, str]]) -> tuple[Source, ...]:
    """Hash the named folders under `data`; folders: name -> (tier, licence in words)."""
    found = []
    for name, (tier, licence) in folders.items():
        digest = hashlib.sha256()
        for path in sorted(p for p in (data / name).rglob("*") if p.is_file()):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        found.append(Source(name, tier, licence, digest.hexdigest()))
    return tuple(found)


def revision() -> str:
    """Return the git revision of the code, or `unknown` outside a checkout."""
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def today() -> str:
    """Return the date in UTC, ISO."""
    return dt.datetime.now(dt.UTC).date().isoformat()
