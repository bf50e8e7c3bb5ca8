"""Manifest: what a corpus is, in numbers; and its table for people."""

import msgspec
from rich.table import Table


class SourceCount(msgspec.Struct, frozen=True):
    """Of one source. reasons: how often each kind of reason; a piece may have several."""

    tier: str
    licence: str
    pieces: int
    rejected: int
    bars: int
    notes: int
    reasons: dict[str, int]


class Manifest(msgspec.Struct, frozen=True):
    """A corpus: counts, hashes (of every file of every shard), configuration and code that made it. No clock in it.

    remi: pieces whose round trip through REMI is whole, lossy, or was not asked for.
    """

    revision: str
    code: str
    config_sha256: str
    corpus_sha256: str
    remi: dict[str, int]
    pieces: int
    rejected: int
    sides: dict[str, int]
    clusters: int
    roles: dict[str, int]
    tokens: dict[str, int]
    sources: dict[str, SourceCount]
    licences: dict[str, tuple[str, ...]]
    shards: dict[str, dict[str, str]]


def table(manifest: Manifest) -> Table:
    """Return the report as a table."""
    made = Table(title=f"corpus {manifest.corpus_sha256[:12]}: {manifest.pieces} pieces, {manifest.sides}")
    for name in ("source", "tier", "pieces", "rejected", "bars", "notes", "left out for"):
        made.add_column(name, justify="left" if name in {"source", "tier", "left out for"} else "right")
    for name, count in manifest.sources.items():
        why = ", ".join(f"{reason} {times}" for reason, times in sorted(count.reasons.items(), key=lambda r: -r[1])[:4])
        made.add_row(name, count.tier, *map(str, (count.pieces, count.rejected, count.bars, count.notes)), why)
    return made
