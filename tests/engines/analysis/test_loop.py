import pytest

from engines.analysis.harmony import Heard
from engines.analysis.loop import loop_of
from engines.analysis.numerals import named
from engines.theory.chord import Chord
from engines.theory.key import Key


def loop(names: str) -> str:
    heard = [Heard(n * 480, n * 480 + 480, Chord.parse(name), Key(9, "minor")) for n, name in enumerate(names.split())]
    return loop_of(named(tuple(heard)))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("Am F C G " * 4, "i VI III VII"),
        ("Am F/A C G " * 4, "i VI III VII"),
        ("Am Dm " * 4, "i iv"),
        ("E7 " + "Am F C G " * 5, "i VI III VII"),
        ("Am F C G " * 2, ""),
        ("Am F C G Dm E7 Am Bdim", ""),
        ("Am", ""),
        ("", ""),
    ],
)
def test_the_shortest_row_that_goes_round(names: str, found: str) -> None:
    assert loop(names) == found
