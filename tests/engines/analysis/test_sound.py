import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.sound import SILENT, lowest, presence, spread

EDGES = np.array([0, 240, 480, 960], np.int64)
NOTES = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 900), st.integers(0, 127), st.just(90)), min_size=1, max_size=12
)


def rows(notes: list[tuple[int, int, int, int]]) -> np.ndarray:
    return np.array(sorted(notes), np.int64)


@given(NOTES)
def test_overlaps_of_a_note_add_up_to_what_lies_within_the_frames(notes: list[tuple[int, int, int, int]]) -> None:
    found = rows(notes)
    note, frame, overlap = spread(found, EDGES)
    assert (overlap > 0).all()
    assert ((frame >= 0) & (frame < 3)).all()
    for number, (onset, duration, *_) in enumerate(found.tolist()):
        assert overlap[note == number].sum() == max(0, min(960, onset + duration) - onset) if onset < 960 else True


def test_octaves_count_once_and_shares_are_of_the_frame() -> None:
    found = presence(rows([(0, 240, 60, 90), (0, 240, 72, 90), (240, 120, 64, 90)]), EDGES)
    assert found[0, 0] == 1
    assert found[1, 4] == 0.5
    assert found[2].sum() == 0


def test_the_lowest_is_what_sounds_long_enough() -> None:
    found = lowest(rows([(0, 240, 60, 90), (0, 20, 36, 90), (240, 240, 43, 90)]), EDGES)
    assert found.tolist() == [60, 43, SILENT]
