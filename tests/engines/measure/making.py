"""Small melodies for the measures, and strategies that make any."""

from hypothesis import strategies as st

from engines.measure.line import Flags, Line, chord_rows, line_of
from engines.theory.chord import Chord

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def scale(bars: int = 1) -> Line:
    """C major up, an eighth each, every bar the same."""
    return line_of([(16 * bar + 2 * n, 2, pitch) for bar in range(bars) for n, pitch in enumerate(SCALE)], bars)


def rows(*names: str) -> Flags:
    """One chord a bar."""
    return chord_rows([Chord.parse(name) for name in names for _ in range(4)])


notes = st.lists(st.tuples(st.integers(0, 63), st.integers(1, 20), st.integers(30, 90)), min_size=1, max_size=40)
lines = notes.map(lambda found: line_of(found, 4))
