import io

import mido

from tests.training.judge.making import fact, melody, midi, piano
from training.judge.songs import Tracks, fact_of, guess_key, song_of, tracks


def renamed(**names: str) -> mido.MidiFile:
    file = mido.MidiFile(file=io.BytesIO(midi(0)))
    for track in file.tracks:
        track.name = names.get(track.name, track.name)
    return file


def test_parts_by_name() -> None:
    found = tracks(renamed(MELODY="Lead vocals"))
    assert list(found.melody) == melody(0)
    assert list(found.chords) == sorted(piano(0))


def test_without_a_name_the_high_single_line_is_the_melody() -> None:
    found = tracks(renamed(MELODY="one", PIANO="two"))
    assert list(found.melody) == melody(0)
    assert list(found.others) == sorted(piano(0))


def test_key_of_notes() -> None:
    assert guess_key(melody(0) + piano(0)).relative_major == 0
    assert guess_key(melody(3) + piano(3)).relative_major == 3


def test_a_chord_track_makes_the_row_of_a_table() -> None:
    found = fact_of("x", Tracks(chords=tuple(piano(0)), keys=((0.0, "C"),)))
    assert [row[2:4] for row in found["chords"][::2][:2]] == [[9, "min"], [5, "maj"]]
    assert found["key"] == [[0.0, "C"]]


def test_keys_begin_on_bars_and_unknown_chords_stay_unknown() -> None:
    row = fact(0) | {"key": [[0.0, "C"], [33.0, "D"]]}
    row["chords"][1][3] = "strange"
    song = song_of(row, Tracks(tuple(melody(0))))
    assert [(bar, key.name) for bar, key in song.keys] == [(0, "C"), (8, "D")]
    assert song.chords[4:8] == (None,) * 4
    assert song.chords[8] is not None
    assert song.bars == 24
