from engines.analysis.lead import lead_of, line_of
from engines.analysis.music import Music
from engines.analysis.settings import settings
from tests.engines.analysis.making import blocks, line, track

NAMES = settings().lead_names


def test_the_name_tells() -> None:
    low, high = track(line([50] * 8), "Melody"), track(line([80] * 8), "flute")
    assert lead_of(Music((high, low)), NAMES) is low


def test_else_the_highest_single_line() -> None:
    chords, bass, tune = track(blocks(["C"] * 8, 480), "a"), track(line([40] * 8), "b"), track(line([72] * 8), "c")
    assert lead_of(Music((chords, bass, tune)), NAMES) is tune


def test_chords_and_drums_are_no_lead() -> None:
    assert lead_of(Music((track(blocks(["C", "G"], 480)), track([(0, 10, 36)], drum=True), track([]))), NAMES) is None


def test_a_line_is_the_top_and_ends_where_the_next_begins() -> None:
    found = line_of(track([(0, 960, 60), (0, 960, 67), (480, 480, 64)]).notes)
    assert found[:, :3].tolist() == [[0, 480, 67], [480, 480, 64]]
    assert len(line_of(track([]).notes)) == 0
