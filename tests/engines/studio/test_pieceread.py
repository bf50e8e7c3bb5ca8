from pathlib import Path

from engines import MelodyEngine
from engines.analysis.analyse import analyse
from engines.studio.midiread import read_midi
from engines.studio.pieceread import music_of
from engines.theory.key import Key


def test_a_piece_and_its_combined_file_are_the_same_music(tmp_path: Path) -> None:
    piece = MelodyEngine().generate(
        key="Am",
        chord_progression=["Am", "F", "C", "G"],
        structure=[{"section": "build", "bars": 4}, {"section": "drop", "bars": 4}],
        model_backend="rules",
        seed=3,
    )
    music, read = music_of(piece), read_midi(piece.save_combined(tmp_path / "piece.mid"))
    assert [marker.text for marker in music.markers] == ["build", "drop"]
    assert (music.markers, music.metres, music.keys) == (read.markers, read.metres, read.keys)
    assert {track.name for track in music.tracks} == {track.name for track in read.tracks}
    found = analyse(music, Key.parse("Am"))
    assert [section.name for section in found.sections] == ["build", "drop"]
    assert {mark.chord for mark in found.chords} == {"Am", "F", "C", "G"}
