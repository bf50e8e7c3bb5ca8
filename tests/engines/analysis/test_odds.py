from pathlib import Path

import numpy as np
import pytest

from engines.analysis.idiom import FOLDER, read
from engines.analysis.odds import in_key, load_idioms, odds
from engines.analysis.settings import settings
from engines.analysis.words import KINDS, MODES, number
from engines.theory.key import Key

FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_shipped_idioms_are_probabilities(file: Path) -> None:
    idiom = read(file)
    assert set(idiom.sounding) == set(KINDS)
    assert set(idiom.follow) == set(MODES) == set(idiom.relation)
    assert all(0 < share < 1 for share in (*idiom.change, idiom.modulate, idiom.pivot))
    found = odds(idiom, settings())
    assert np.exp(found.follow).sum(axis=2) == pytest.approx(1.0, abs=1e-4)
    assert np.exp(found.first).sum(axis=1) == pytest.approx(1.0)
    assert np.exp(found.move).sum(axis=1) == pytest.approx(idiom.modulate, rel=1e-6)
    assert np.exp(found.hold) + np.exp(found.turn) == pytest.approx(1.0)


def test_both_idioms_know_that_the_dominant_goes_home() -> None:
    for found in load_idioms().values():
        dominant, tonic, far = number(7, "7"), number(0, "maj"), number(6, "maj")
        assert found.follow[0, dominant, tonic] > found.follow[0, dominant, far] + 3


def test_odds_turn_with_the_key() -> None:
    found = load_idioms()["pop"]
    two = Key(2, "major")
    for before, after in (((7, "7"), (0, "maj")), ((9, "min"), (5, "maj"))):
        here = found.follow[0, number(*before), number(*after)]
        there = found.follow[two.tonic, number(before[0] + 2, before[1]), number(after[0] + 2, after[1])]
        assert here == there


def test_a_told_key_leaves_no_other() -> None:
    found = in_key(load_idioms()["pop"], Key(9, "minor"))
    assert np.flatnonzero(found.first.max(axis=1) > -1e3).tolist() == [21]
    assert (found.move < -1e3).all()
