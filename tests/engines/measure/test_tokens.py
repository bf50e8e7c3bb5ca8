import numpy as np

from engines.codec.grid import Harmony
from engines.codec.lead import CENTRE, HOLD, PITCHES, REST
from engines.measure.line import SILENT
from engines.measure.tokens import harmony_rows, line_of_tokens


def test_tokens_are_a_line() -> None:
    tokens = np.full((1, 16), HOLD)
    tokens[0, 2], tokens[0, 6], tokens[0, 8] = CENTRE, CENTRE + 4, REST
    line = line_of_tokens(tokens)
    assert line.pitch.tolist() == [SILENT] * 2 + [60] * 4 + [64] * 2 + [SILENT] * 8
    assert line.starts.tolist() == [2, 6]
    assert PITCHES == HOLD


def test_chords_of_bars() -> None:
    chord = Harmony(0, 0b10010001, 0)
    found = harmony_rows([(chord, chord, None, chord, chord)] * 3, 2)
    assert found.shape == (32, 12)
    assert np.flatnonzero(found[0]).tolist() == [0, 4, 7]
    assert not found[8:12].any()
