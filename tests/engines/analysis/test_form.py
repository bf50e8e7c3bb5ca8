import pytest

from engines.analysis.form import letter, parts
from engines.analysis.metre import Grid
from engines.analysis.music import Marker, Music
from engines.analysis.settings import settings
from tests.engines.analysis.making import blocks, line, track

USING = settings().form
VERSE, CHORUS = "C Am F G " * 2, "Ab Eb Bb Fm " * 2


def song(*sections: str, markers: tuple[Marker, ...] = ()) -> Music:
    """Return sections of one chord a bar; a chorus also has a melody in quarters."""
    names = " ".join(sections).split()
    tune, bar = [], 0
    for section in sections:
        size = len(section.split())
        if section == CHORUS:
            tune += line([72, 75, 77, 79] * size, start=bar * 1920)
        bar += size
    return Music((track(blocks(names, 1920), "chords"), track(tune, "tune")), markers=markers)


def found(music: Music) -> list[tuple[str, int, int, str]]:
    return [(part.letter, part.first, part.last, part.name) for part in parts(music, Grid(music), USING)]


def test_sections_are_found_and_alike_ones_share_a_letter() -> None:
    assert found(song(VERSE, CHORUS, VERSE, CHORUS)) == [
        ("A", 0, 8, ""),
        ("B", 8, 16, ""),
        ("A", 16, 24, ""),
        ("B", 24, 32, ""),
    ]


def test_a_loop_is_one_section() -> None:
    assert {letter for letter, *_ in found(song(*["C G Am F " * 4]))} == {"A"}


def test_markers_tell_the_sections() -> None:
    told = found(song(VERSE, CHORUS, markers=(Marker(0, "verse"), Marker(8 * 1920, "drop"), Marker(10**9, "late"))))
    assert told == [("A", 0, 8, "verse"), ("B", 8, 16, "drop")]
    later = found(song(VERSE, CHORUS, markers=(Marker(8 * 1920, "drop"),)))
    assert [(first, name) for _, first, _, name in later] == [(0, ""), (8, "drop")]


def test_a_variation_is_primed() -> None:
    varied = "C Am F G C Am Dm E7 "
    letters = [
        part[0]
        for part in found(song(VERSE, CHORUS, varied, markers=tuple(Marker(n * 8 * 1920, str(n)) for n in range(3))))
    ]
    assert letters[:2] == ["A", "B"]
    assert letters[2] in {"A", "A'"}


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (52, "BA")])
def test_letters_go_on(number: int, name: str) -> None:
    assert letter(number) == name
