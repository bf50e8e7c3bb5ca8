"""What listeners said: votes and key together, wins with an exact binomial test and its 95 % interval."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from scipy import stats

from training.judge.result import LEARNED
from training.judge.sheet import Key

T = TypeVar("T")


class Vote(msgspec.Struct, frozen=True):
    """One listener's word on a pair."""

    pair: int
    vote: Literal["a", "b", "same"]
    comment: str = ""


class Votes(msgspec.Struct, frozen=True):
    """What the page downloads."""

    sheet: str
    votes: list[Vote]
    listener: str = ""


class Count(msgspec.Struct, frozen=True):
    """The learned player against another: votes for each and for neither.

    share: of the learned player in the votes that chose; low..high: its exact (Clopper-Pearson) 95 % interval; p:
    two-sided binomial test against one half. None where nobody chose.
    """

    kind: str
    against: str
    wins: int
    losses: int
    same: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


class VotesError(ValueError):
    """Votes and key do not belong together, or one of them cannot be read; the message names the file."""


def read(path: Path, kind: type[T]) -> T:
    """Read votes or a key. Raises VotesError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise VotesError(f"{path}: {error}") from error


def count(sheets: Sequence[Votes], key: Key) -> list[Count]:
    """Return one count a kind of pair, in the order of the key. Raises VotesError for votes on another sheet."""
    answers = {answer.pair: answer for answer in key.pairs}
    tally: dict[tuple[str, str], dict[str, int]] = {}
    for answer in sorted(key.pairs, key=lambda each: each.kind):
        tally.setdefault((answer.kind, ({answer.a, answer.b} - {LEARNED}).pop()), {"": 0})
    for votes in sheets:
        if votes.sheet != key.sheet:
            raise VotesError(f"these votes are on sheet {votes.sheet}, the key is of {key.sheet}")
        for pair, vote in {each.pair: each.vote for each in votes.votes}.items():  # a listener's last word counts
            if pair not in answers:
                raise VotesError(f"a vote on pair {pair}; the key has 1 to {len(answers)}")
            answer = answers[pair]
            player = {"a": answer.a, "b": answer.b, "same": ""}[vote]
            heard = tally[answer.kind, ({answer.a, answer.b} - {LEARNED}).pop()]
            heard[player] = heard.get(player, 0) + 1
    return [_counted(kind, other, found) for (kind, other), found in tally.items()]


def _counted(kind: str, other: str, found: dict[str, int]) -> Count:
    wins, losses, same = found.get(LEARNED, 0), found.get(other, 0), found[""]
    if not wins + losses:
        return Count(kind, other, wins, losses, same)
    test = stats.binomtest(wins, wins + losses)
    low, high = test.proportion_ci(0.95, "exact")
    return Count(kind, other, wins, losses, same, wins / (wins + losses), float(low), float(high), float(test.pvalue))
