import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.melody import contour, motifs, phrases, shape
from engines.analysis.settings import settings
from tests.engines.analysis.making import line, track

USING = settings().melody


def notes(pitches: list[int], ticks: int = 480) -> np.ndarray:
    return track(line(pitches, ticks)).notes


@pytest.mark.parametrize(
    ("pitches", "kind"),
    [
        ([60, 64, 67], "ascending"),
        ([67, 64, 60], "descending"),
        ([60, 67, 60], "arch"),
        ([67, 60, 67], "valley"),
        ([60, 60, 60], "level"),
        ([60, 72], "ascending"),
    ],
)
def test_contours(pitches: list[int], kind: str) -> None:
    assert contour(notes(pitches), USING) == kind


def test_a_motif_comes_back_at_another_pitch() -> None:
    theme = [60, 62, 64, 60]
    share, found = motifs(notes([*theme, 48, *(p + 5 for p in theme), 80]), USING)
    assert found[0].intervals == (2, 2, -4)
    assert found[0].sixteenths == (4, 4, 4)
    assert found[0].ticks == (0, 5 * 480)
    assert share == pytest.approx(0.8)


def test_a_line_that_never_repeats_has_no_motif() -> None:
    assert motifs(notes([60, 61, 63, 66, 70, 75, 81, 88]), USING) == (0.0, ())


def test_phrases_end_at_rests_and_long_notes() -> None:
    first, second = line([60] * 8), line([62] * 8, start=8 * 480 + 960)
    assert [len(part) for part in phrases(track([*first, *second]).notes, USING)] == [8, 8]
    held = [*line([60] * 7), (7 * 480, 1920, 60), *line([62] * 8, start=7 * 480 + 1920)]
    assert [len(part) for part in phrases(track(held).notes, USING)] == [8, 8]


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(40, 90)), min_size=2, max_size=40))
def test_phrases_are_the_whole_line_and_shares_add_up(moves: list[tuple[int, int]]) -> None:
    onsets = np.cumsum([gap for gap, _ in moves])
    tune = track([(int(onset), 60, pitch) for onset, (_, pitch) in zip(onsets, moves, strict=True)]).notes
    assert np.concatenate(phrases(tune, USING)).tolist() == tune.tolist()
    found = shape(tune, USING)
    assert found is not None
    assert found.steps + found.leaps + found.repeats == pytest.approx(1, abs=0.002)
    assert 0 <= found.motif_share <= 1


def test_one_note_has_no_shape() -> None:
    assert shape(notes([60]), USING) is None
