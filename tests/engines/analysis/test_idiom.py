import numpy as np
import pytest

from engines.analysis.idiom import spell, state_of
from engines.analysis.words import MODES, STATES


@pytest.mark.parametrize("mode", MODES)
def test_counts_are_spelled_and_read_back(mode: str) -> None:
    counts = np.arange(STATES)
    words = spell(counts, mode).split()
    assert {state_of(name, mode): int(count) for name, count in zip(words[::2], words[1::2], strict=True)} == {
        state: state for state in range(1, STATES)
    }
