"""The harmony's figures: the next chord of held-out songs, and n-grams with a cache of the song beside it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines.card import Card
from engines.codec import harmony as codec
from engines.codec.harmony import Change, Wish
from engines.neural.session import StepSession
from training.export import Teacher, run_steps
from training.harmony.data import Song, held_out, plain, pop909, tabled
from training.harmony.report import CACHE, score_network, score_ngram
from training.judge.result import Figure
from training.judge.songs import Fact

KINDS = ("nll", "top1", "top3")
ORDERS = (4, 6)  # of the cached n-grams: the first has the better likelihood, the second guesses better
FEWEST = 9  # changes: shorter songs say nothing


def counted(facts: Sequence[Fact], *, split: bool) -> list[Song]:
    """Return the songs of a chord table that count; split: only those held out when the experts were trained."""
    found = [tabled(fact) for fact in facts]
    if not split:
        return [song for song in found if len(plain(song).tokens) >= FEWEST]
    names = held_out(found)
    return [song for song in found if song.name in names]


def teacher(songs: Sequence[Song]) -> tuple[Teacher, list[np.ndarray]]:
    """Return the songs as the network reads them, no condition told, padded; and (chord, duration) of every change."""
    tokens = np.zeros((len(songs), max(len(song.tokens) for song in songs), len(codec.VOCABULARIES)), np.int64)
    features, targets = np.zeros((*tokens.shape[:2], codec.FEATURES), np.float32), []
    for row, song in enumerate(songs):
        changes = [Change(*each) for each in zip(song.onsets, song.tokens, song.beats, strict=True)]
        for place, change in enumerate(changes):
            past = changes[max(0, place - codec.REACH) : place]
            tokens[row, place], features[row, place] = codec.seen(past, change.onset, Wish())
        targets.append(np.array([(each.token, codec.duration_class(each.beats)) for each in changes]))
    return Teacher(tokens, features), targets


def network(folder: Path, card: Card, songs: Sequence[Song]) -> dict[str, float]:
    """Return nll, top1 and top3 of a shipped expert; folder: its version's."""
    asked, targets = teacher(songs)
    logits = run_steps(StepSession((folder / card.model.name).read_bytes()), asked)
    found = score_network(logits, targets)
    return {kind: next(value for name, value in found.items() if name.endswith(kind)) for kind in KINDS}


def baseline(data: Path, songs: Sequence[Song]) -> dict[str, float]:
    """Return the best nll, top1 and top3 of n-grams with a song cache, learned from the training side of pop909."""
    known = list(pop909(data / "pop909"))
    kept = held_out(known)
    train = [song.tokens for song in known if song.name not in kept]
    found = [score_ngram(train, [s.tokens for s in songs], order, CACHE) for order in ORDERS]
    means = [(each.nats / each.count, each.first / each.count, each.third / each.count) for each in found]
    nll, top1, top3 = zip(*means, strict=True)
    return dict(zip(KINDS, (min(nll), max(top1), max(top3)), strict=True))


def judge(
    expert: tuple[Path, Card] | None, songs: Sequence[Song], data: Path | None, why: str = "rules choose the chords"
) -> list[Figure]:
    """Return the figures without time, as the n-grams have it, and timed: as the expert plays (it sees when)."""
    if not songs:
        return [Figure(f"harmony.{kind}", None, note="the reference holds no chords") for kind in KINDS]
    beside = baseline(data, songs) if data is not None and (data / "pop909").is_dir() else {}
    if expert is None:
        return [Figure(f"harmony.{kind}", None, beside.get(kind), why) for kind in KINDS]
    shown = network(*expert, songs)
    blind = network(*expert, [plain(song) for song in songs])
    note = "" if beside else "no n-gram: it learns from pop909 below --data"
    return [
        *(Figure(f"harmony.{kind}", blind[kind], beside.get(kind), note) for kind in KINDS),
        *(Figure(f"harmony.{kind}_timed", shown[kind], beside.get(kind), note) for kind in KINDS),
    ]
