"""From finished shards to a corpus: exact repetitions out, the split by song, lists, manifest."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from training import split
from training.corpus import store
from training.corpus.config import Config
from training.corpus.manifest import Manifest, SourceCount
from training.corpus.slip import Entry, Rejected, Slip

Placed = tuple[str, int, Entry]
"""(shard, place in it, entry)."""


def index(corpus: Path, shards: Sequence[str], config: Config, code: str) -> Manifest:
    """Write the lists and the manifest of a corpus whose shards are all there; shards of earlier runs go."""
    placed, rejected = _slips(corpus, shards)
    kept, twice = without_repetitions(placed)
    rejected += twice
    groups = clusters([entry for _, _, entry in kept], config.duplicate_share)
    sides = choose_sides([entry for _, _, entry in kept], groups)
    rows = [
        store.listed(entry, shard, number, side, group)
        for (shard, number, entry), side, group in zip(kept, sides, groups, strict=True)
    ]
    _write_lines(corpus / store.PIECES, rows)
    _write_lines(corpus / store.REJECTED, rejected)
    for path in (corpus / store.SHARDS).iterdir():
        if path.name.split(".")[0] not in set(shards):
            path.unlink()
    made = _manifest(corpus, shards, rows, rejected, config=config, code=code)
    (corpus / store.MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(made)))
    return made


def _slips(corpus: Path, shards: Sequence[str]) -> tuple[list[Placed], list[Rejected]]:
    placed: list[Placed] = []
    rejected: list[Rejected] = []
    for shard in shards:
        slip = msgspec.msgpack.decode((corpus / store.SHARDS / f"{shard}.slip").read_bytes(), type=Slip)
        placed += [(shard, number, entry) for number, entry in enumerate(slip.entries)]
        rejected += slip.rejected
    return placed, rejected


def without_repetitions(placed: Sequence[Placed]) -> tuple[list[Placed], list[Rejected]]:
    """Return the pieces whose music no earlier one is, and the repetitions."""
    first: dict[str, Entry] = {}
    kept, twice = [], []
    for shard, number, entry in placed:
        earlier = first.setdefault(entry.music, entry)
        if earlier is entry:
            kept.append((shard, number, entry))
        else:
            twice.append(Rejected(entry.source, entry.name, (f"duplicate: of {earlier.source}/{earlier.name}",)))
    return kept, twice


def clusters(entries: Sequence[Entry], share: float) -> list[int]:
    """Return a number per piece, the same for pieces of one song and for near-duplicates, and for chains of them."""
    near = split.clusters([set(np.frombuffer(entry.shingles, "<u8").tolist()) for entry in entries], share)
    parent = list(range(len(entries)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    songs: dict[str, int] = {}
    for number, (entry, group) in enumerate(zip(entries, near, strict=True)):
        for other in (group, songs.setdefault(entry.song, number)):
            low, high = sorted((root(number), root(other)))
            parent[high] = low
    return [root(number) for number in range(len(entries))]


def choose_sides(entries: Sequence[Entry], groups: Sequence[int]) -> list[str]:
    """Return the side of each piece: by cluster; one that a source put into test or valid stays there, test first."""
    sides = split.split([f"{entry.source}/{entry.name}" for entry in entries], groups)
    told: dict[int, set[str]] = defaultdict(set)
    for entry, group in zip(entries, groups, strict=True):
        told[group].add(entry.split)
    by_group = {
        group: next((wish for wish in ("test", "valid") if wish in told[group]), side)
        for group, side in zip(groups, sides, strict=True)
    }
    for side in ("valid", "test"):  # a small corpus still is watched and judged, where it has songs enough
        left = [group for group in by_group if by_group[group] == "train"]
        if side not in by_group.values() and len(left) > 1:
            by_group[left[-1]] = side
    return [by_group[group] for group in groups]


def _trip(remi: str) -> str:
    return {"": "not asked for", "ok": "whole", "no notes": "no notes"}.get(remi, "lossy")


def _write_lines(path: Path, rows: Sequence[msgspec.Struct]) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    part.replace(path)


def _manifest(
    corpus: Path,
    shards: Sequence[str],
    rows: Sequence[store.Listed],
    rejected: Sequence[Rejected],
    *,
    config: Config,
    code: str,
) -> Manifest:
    from training.export import revision  # brings onnx, which no worker needs

    hashes = {shard: _hashes(corpus, shard) for shard in shards}
    whole = hashlib.sha256(repr((hashes, [(r.shard, r.number, r.side) for r in rows])).encode()).hexdigest()
    licences: dict[str, set[str]] = defaultdict(set)
    tokens: Counter[str] = Counter()
    for row in rows:
        licences[row.tier].add(row.licence)
        tokens.update(row.arrays)
    return Manifest(
        revision=revision(),
        code=code,
        config_sha256=hashlib.sha256(msgspec.json.encode(config)).hexdigest(),
        corpus_sha256=whole,
        remi=dict(sorted(Counter(_trip(row.remi) for row in rows).items())),
        pieces=len(rows),
        rejected=len(rejected),
        sides=dict(sorted(Counter(row.side for row in rows).items())),
        clusters=len({row.cluster for row in rows}),
        roles=dict(sorted(Counter(role for row in rows for role in row.roles).items())),
        tokens=dict(sorted(tokens.items())),
        sources=_counts(rows, rejected),
        licences={tier: tuple(sorted(found)) for tier, found in sorted(licences.items())},
        shards=hashes,
    )


def _hashes(corpus: Path, shard: str) -> dict[str, str]:
    folder = corpus / store.SHARDS
    return {
        ending: hashlib.sha256((folder / f"{shard}.{ending}").read_bytes()).hexdigest() for ending in ("msgpack", "npz")
    }


def _counts(rows: Sequence[store.Listed], rejected: Sequence[Rejected]) -> dict[str, SourceCount]:
    found = {}
    for source in dict.fromkeys([*(row.source for row in rows), *(row.source for row in rejected)]):
        mine, out = [row for row in rows if row.source == source], [row for row in rejected if row.source == source]
        reasons = Counter(reason.split(":")[0] for row in out for reason in row.reasons)
        found[source] = SourceCount(
            tier=mine[0].tier if mine else "",
            licence="; ".join(sorted({row.licence for row in mine})),
            pieces=len(mine),
            rejected=len(out),
            bars=sum(row.bars for row in mine),
            notes=sum(row.notes for row in mine),
            reasons=dict(sorted(reasons.items())),
        )
    return found
