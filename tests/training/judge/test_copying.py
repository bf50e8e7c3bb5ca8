import numpy as np
import pytest

from tests.training.judge.making import melody
from training.judge.copying import Tune, copies, judge, original, threshold

SHINGLES = (8, 12, 16)


def tune(number: int, *, first: int = 0, size: int = 24, shift: int = 0) -> Tune:
    notes = [n for n in melody(number) if first <= n[0] // 16 < first + size]
    return Tune(f"t{number}", tuple(n[0] - 16 * first for n in notes), tuple(n[2] + shift for n in notes))


TRAIN = [tune(n) for n in range(40)]
HUMAN = [tune(n, size=8) for n in range(100, 130)]
LIMIT = threshold(copies(HUMAN, TRAIN, SHINGLES), 95)


def test_a_copy_is_found_in_any_key_with_its_bars() -> None:
    (found,) = copies([tune(17, first=6, size=8, shift=-4)], TRAIN, SHINGLES)
    assert (found.song, found.bar, found.song_bar) == ("t17", 0, 6)
    assert found.run == len(tune(17, first=6, size=8).pitches)
    assert found.shares == (1, 1, 1)


def test_a_stolen_phrase_inside_is_found_where_it_stands() -> None:
    stolen, own = tune(5, first=8, size=2), HUMAN[0]
    onsets = (*own.onsets, *(own.onsets[-1] + 16 + onset for onset in stolen.onsets))
    (found,) = copies([Tune("mixed", onsets, (*own.pitches, *stolen.pitches))], TRAIN, SHINGLES)
    assert (found.song, found.song_bar) == ("t5", 8)
    assert found.run >= len(stolen.pitches)
    assert found.bar == own.onsets[-1] // 16 + 1
    assert 0 < found.shares[0] < 1


def test_an_over_fitted_model_fails_and_people_pass() -> None:
    """A model that has learned its songs by heart plays eight bars of one, in another key."""
    overfit = [tune(n, first=n % 12, size=8, shift=n % 7) for n in range(20)]
    found = copies(overfit, TRAIN, SHINGLES)
    human = copies(HUMAN, TRAIN, SHINGLES)
    assert original(found, LIMIT) == 0
    assert original(human, LIMIT) >= 0.9
    figures = {figure.name: figure for figure in judge(found, human, human, LIMIT)}
    assert figures["lead.copied.run"].value == 0 < figures["lead.copied.run.real"].value
    assert figures["lead.copied.run_p95"].value > figures["lead.copied.run_p95.real"].value
    assert figures["lead.copied.shingles8"].value == 1


def test_a_model_that_learned_by_heart_with_some_slips_fails_too() -> None:
    dice, slipping = np.random.default_rng(0), []
    for n in range(20):
        each = tune(n, first=3, size=8)
        pitches = [p + int(dice.random() < 0.02) for p in each.pitches]
        slipping.append(Tune(each.name, each.onsets, tuple(pitches)))
    assert original(copies(slipping, TRAIN, SHINGLES), LIMIT) < 0.5


def test_the_longest_run_is_the_longest() -> None:
    """Against a search through all places."""
    pieces, songs = [tune(n, size=4) for n in range(200, 206)], TRAIN[:6]

    def moves(each: Tune) -> list[tuple[int, int]]:
        waits = np.minimum(np.diff(each.onsets), 32).tolist()
        return list(zip(np.diff(each.pitches).tolist(), waits, strict=True))

    def longest(a: list, b: list) -> int:
        best = 0
        for i in range(len(a)):
            for j in range(len(b)):
                size = 0
                while i + size < len(a) and j + size < len(b) and a[i + size] == b[j + size]:
                    size += 1
                best = max(best, size)
        return best

    for piece, found in zip(pieces, copies(pieces, songs, SHINGLES), strict=True):
        assert found.run - 1 == max(longest(moves(piece), moves(song)) for song in songs)


@pytest.mark.parametrize("piece", [Tune("none", (), ()), Tune("one", (0,), (60,)), Tune("far", (0, 32), (0, 120))])
def test_nothing_in_common_is_nothing(piece: Tune) -> None:
    (found,) = copies([piece], TRAIN[:3], SHINGLES)
    assert (found.run, found.song, found.shares) == (0, "", (0, 0, 0))
    assert copies([piece], [], SHINGLES)[0].run == 0


def test_a_reference_that_was_learned_from_is_told() -> None:
    human, learned = (copies(each, TRAIN, SHINGLES) for each in (HUMAN, [tune(n, size=8) for n in range(20)]))
    told = [
        {f.name: f for f in judge(human, human, each, LIMIT)}["lead.copied.run.real"].note for each in (human, learned)
    ]
    assert told[0] == ""
    assert "100% of the reference was learned from" in told[1]
