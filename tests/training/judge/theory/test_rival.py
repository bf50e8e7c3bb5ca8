import pytest

from engines.analysis.metre import Grid
from engines.analysis.music import Metre, Music
from engines.theory.key import Key
from tests.engines.analysis.making import chorale, track
from training.judge.theory.rival import asked, music21, sounding, written

pytest.importorskip("music21", reason="the extra `dev` brings music21: pip install 'melody-engine[dev]'")


def test_music21_says_what_a_plain_cadence_is() -> None:
    found = music21(chorale("C F G7 C C F G7 C"))
    assert found.home == Key(0, "major")
    chords = [word.chord.name for word in found.words if word.chord and word.tick % 1920 == 0]
    assert chords[:4] == ["C", "F", "G7", "C"]
    assert found.words[0].chord is not None
    assert found.words[0].chord.name == "C"


@pytest.mark.parametrize(
    ("pitches", "key", "numeral"),
    [((50, 66, 69, 72), "C", "II7"), ((40, 56, 59, 62), "Am", "V7"), ((44, 59, 62, 65), "Am", "viio7")],
)
def test_numerals_of_music21_are_read_as_ours(pitches: tuple[int, ...], key: str, numeral: str) -> None:
    found = asked(frozenset(pitches), Key.parse(key))[1]
    assert found is not None
    assert found.name == numeral


def test_frames_hold_what_sounds_in_their_middle_as_chordify_says() -> None:
    music = Music((track([(0, 480, 48), (0, 240, 60), (240, 240, 64)]),), (Metre(0, 2, 4),))
    frames = sounding(music, Grid(music))
    assert frames == [(0, 240, frozenset({48, 60})), (240, 480, frozenset({48, 64}))]
    chords = written(music).chordify().recurse().getElementsByClass("Chord")
    assert [frozenset(pitch.midi for pitch in chord.pitches) for chord in chords] == [
        pitches for _, _, pitches in frames
    ]
