"""What recipes share between a finished run and its card: licence, data and their origin, proof, latencies."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from engines.card import File, Source
from engines.neural.session import StepSession
from training.corpus import store
from training.export import Proof, sources, step_us
from training.identity import Run
from training.refused import Refused

LICENCE: Final = "MIT (weights); sources keep their licences and attributions"
TO_COME: Final = File("", "", 0)  # `training.export.write_version` fills these in

Metrics = dict[str, float | str | list[float]]


Folders = dict[str, tuple[str, str]]
"""Known folders of music: name -> (tier, licence)."""


def data_hash(data: Path, folders: Folders) -> str:
    """Return one hash over the known folders, or that of a prepared corpus."""
    if store.is_corpus(data):
        return store.manifest(data).corpus_sha256
    return hashlib.sha256("".join(source.sha256 for source in sources(data, folders)).encode()).hexdigest()


def provenance(data: Path, folders: Folders) -> tuple[tuple[Source, ...], str]:
    """Return what a card says of the music, known folders or a prepared corpus: sources with hashes, and tiers."""
    if not store.is_corpus(data):
        return sources(data, folders), ", ".join(sorted({tier for tier, _ in folders.values()}))
    made = store.manifest(data)
    used = {name: count for name, count in made.sources.items() if count.tier in store.SHIPPED}
    named = tuple(Source(name, count.tier, count.licence, made.corpus_sha256) for name, count in used.items())
    return named, ", ".join(sorted({count.tier for count in used.values()}))


def check_data(run: Run, data: Path, digest: str) -> None:
    """Raise Refused where a run learned from other music than `data`, whose hash this is: the card would lie."""
    if run.data_sha256 != digest:
        raise Refused(
            f"{data}: the newest or named run of {run.expert} learned from other music;"
            " give the folder or corpus that it was trained on, or another --run"
        )


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
