import numpy as np
from hypothesis import given

from engines.measure.line import SILENT, line_of, placed, roll_of
from engines.note import Bar, Note
from tests.engines.measure.making import lines, notes, rows, scale


def test_the_highest_of_a_chord_stays_and_a_note_ends_where_the_next_begins() -> None:
    line = line_of([(0, 8, 60), (0, 8, 67), (4, 2, 64)], 1)
    assert line.notes.tolist() == [67, 64]
    assert line.pitch.tolist() == [67] * 4 + [64] * 2 + [SILENT] * 10
    assert line.starts.tolist() == [0, 4]
    assert line.lengths.tolist() == [4, 2]


@given(lines)
def test_lengths_fill_what_sounds(line: object) -> None:
    assert line.lengths.sum() == (line.pitch != SILENT).sum()
    assert (line.lengths >= 1).all()
    assert len(line.lengths) == len(line.notes) == len(line.starts)


@given(notes)
def test_a_roll_holds_every_note(found: list[tuple[int, int, int]]) -> None:
    roll = roll_of(found, 4)
    assert all(roll.onset[start, pitch] and roll.sounding[start, pitch] for start, _, pitch in found)
    assert not (roll.onset & ~roll.sounding).any()


def test_written_bars_lie_on_the_nearest_sixteenth() -> None:
    bars = [Bar((Note(115, 250, 60, 90),)), Bar((Note(0, 20, 62, 90), Note(1919, 1, 64, 90)))]
    assert placed(bars) == [(1, 2, 60), (16, 1, 62), (31, 1, 64)]


def test_chords_by_step() -> None:
    assert np.flatnonzero(rows("Am7/G")[15]).tolist() == [0, 4, 7, 9]
    assert scale(2).bars == 2
