"""Split songs into train, valid, test without near-duplicates across: by cluster, before any augmentation.

A shingle is a run of (interval, inter-onset interval) pairs: invariant under transposition (Yin et al.,
originality report). Songs that share too many are one cluster and stay on one side.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

SHINGLE = 8
COMMON = 40  # a shingle in more songs than this is idiom, not a copy


def shingles(onsets: Sequence[int], pitches: Sequence[int], size: int = SHINGLE) -> set[int]:
    """Return hashes of every run of `size` (interval, IOI) pairs; onsets in steps, IOI capped at 32."""
    pairs = [(pitches[n + 1] - pitches[n], min(32, onsets[n + 1] - onsets[n])) for n in range(len(onsets) - 1)]
    return {_hash(tuple(pairs[n : n + size])) for n in range(len(pairs) - size + 1)}


def _hash(value: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(value).encode(), digest_size=8).digest(), "big")


def clusters(songs: Sequence[set[int]], share: float = 0.3) -> list[int]:
    """Return a cluster number per song: linked where `share` of the smaller song's shingles are common."""
    where: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(songs):
        for shingle in found:
            where[shingle].append(number)
    common: dict[tuple[int, int], int] = defaultdict(int)
    for holders in where.values():
        if 1 < len(holders) <= COMMON:
            for i, a in enumerate(holders):
                for b in holders[i + 1 :]:
                    common[a, b] += 1
    parent = list(range(len(songs)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for (a, b), count in common.items():
        if count >= share * min(len(songs[a]), len(songs[b])):
            parent[root(b)] = root(a)
    return [root(n) for n in range(len(songs))]


def split(
    names: Sequence[str], groups: Sequence[int], seed: int = 0, valid: float = 0.05, test: float = 0.1
) -> list[str]:
    """Return `train`, `valid` or `test` per song; the side of a cluster hangs on its first name and the seed."""
    first: dict[int, str] = {}
    for name, group in sorted(zip(names, groups, strict=True)):
        first.setdefault(group, name)
    sides = {}
    for group, name in first.items():
        mark = (_hash((seed, name)) % 100_000) / 100_000
        sides[group] = "test" if mark < test else "valid" if mark < test + valid else "train"
    return [sides[group] for group in groups]
