import pytest

from engines.expert import HarmonyRequest
from engines.theory.chord import Chord
from engines.theory.key import Key
from tests.training.judge.making import LOOP, made, small
from training.judge.choices import features, judge
from training.judge.result import LEARNED, UNDERSTUDY

C = Key.parse("C")


def chords(*names: str) -> list[Chord]:
    return [Chord.parse(name) for name in names for _ in range(4)]


class Chooser:
    """Goes on as the past went, or wanders off."""

    name, version = "chooser", "1"

    def __init__(self, *, lost: bool) -> None:
        self.lost = lost
        self.asked: list[HarmonyRequest] = []

    def choose(self, request: HarmonyRequest) -> tuple[tuple[Chord, ...], ...]:
        self.asked.append(request)
        strange = tuple(((Chord(n, "7", n), Chord(n + 1, "dim", n + 1))) for n in range(request.bars))
        return strange if self.lost else request.past[: request.bars]


def test_features_by_hand() -> None:
    found = features(chords("C", "F", "G7", "C", "C", "F", "Ab", "C"), C)
    assert found["changes_per_bar"] == pytest.approx(6 / 8)
    assert found["irregularity"] == pytest.approx(1.0)  # C F G C F Ab C: five trigrams, all different
    assert found["bars_as_four_before"] == 0.75
    assert found["in_key"] == pytest.approx(7 / 8)
    assert found["coloured"] == pytest.approx(1 / 8)
    assert features(chords("C", "C"), C)["chord_distance"] == 0


def test_who_goes_on_is_nearer_than_who_is_lost() -> None:
    going, lost = Chooser(lost=False), Chooser(lost=True)
    bands, tests = judge(made(6), {LEARNED: going, UNDERSTUDY: lost}, small())
    assert {band.feature for band in bands} == set(features(chords("C"), C))
    assert {test.better for test in tests if test.p < 0.05} == {LEARNED}
    assert going.asked == lost.asked
    assert [chord[0].root for chord in going.asked[0].past[:4]] == [root for root, _ in LOOP]
    assert len(going.asked[0].past) == going.asked[0].bars == 8


def test_without_neighbours_nothing_is_asked() -> None:
    assert judge(made(3)[::3], {LEARNED: Chooser(lost=True), UNDERSTUDY: Chooser(lost=True)}, small()) == ([], [])
