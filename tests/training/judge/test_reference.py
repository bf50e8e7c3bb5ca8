import json
import lzma
from pathlib import Path

import pytest

from tests.training.beats import drum_file, pack
from tests.training.judge.making import fact, melody, midi, piano, write_folder, write_table
from training.judge.reference import FolderError, read


def test_the_whole_form_reads_quantised_tracks_with_their_chords(tmp_path: Path) -> None:
    found = read(write_folder(tmp_path))
    assert found.missing == ()
    assert [song.name for song in found.songs] == ["000", "001", "002"]
    assert list(found.songs[1].melody) == melody(1)  # and not the originals, which are late
    assert list(found.songs[1].others) == sorted(piano(1))
    assert [chord.name for chord in found.songs[0].chords[::4][:4]] == ["Am", "F", "C", "G"]
    assert found.songs[1].keys[0][1].name == "Db"


def test_only_the_songs_wanted_count_but_every_row_of_chords_stays(tmp_path: Path) -> None:
    found = read(write_folder(tmp_path), lambda name: name == "002")
    assert [song.name for song in found.songs] == ["002"]
    assert len(found.facts) == 3


def test_open_files_with_a_chord_track_need_no_table(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "my song.MID").write_bytes(midi(0))
    found = read(tmp_path)
    assert any("no chord table" in line for line in found.missing)
    assert found.songs[0].name == "my song"
    assert [(c.root, c.quality) for c in found.songs[0].chords[::4][:4] if c] == [
        (9, "min"), (5, "maj"), (0, "maj"), (7, "maj"),
    ]  # fmt: skip
    assert found.songs[0].keys[0][1].relative_major == 0
    assert found.facts[0]["chords"][0][:4] == [0.0, 2.0, 9, "min"]


def test_a_table_alone_is_chords_alone(tmp_path: Path) -> None:
    write_table(tmp_path, 2)
    found = read(tmp_path)
    assert found.songs == ()
    assert len(found.facts) == 2
    assert any("no MIDI files" in line for line in found.missing)


def test_a_plain_table_with_other_names_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": 7, "chords": fact(0)["chords"]}) + "\n")
    (tmp_path / "7.mid").write_bytes(midi(0, chords=False))
    found = read(tmp_path)
    assert found.songs[0].chords[0] is not None


def test_what_cannot_be_judged_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.mid").write_bytes(midi(0))
    (tmp_path / "torn.mid").write_bytes(midi(1)[:40])
    (tmp_path / "bare.mid").write_bytes(midi(2, chords=False))
    (tmp_path / "waltz.mid").write_bytes(drum_file(4, metre=(3, 4)))
    text = " ".join(read(tmp_path).missing)
    assert "1 songs cannot be read: torn" in text
    assert "1 songs are not in 4/4: waltz" in text
    assert "1 songs have no chords: bare" in text


def test_a_broken_row_of_the_table_is_told_and_left_out(tmp_path: Path) -> None:
    rows = [json.dumps(fact(0)), '{"id": "x", "chords": [[0, "soon"]]}', "{torn"]
    (tmp_path / "t.jsonl.xz").write_bytes(lzma.compress("\n".join(rows).encode()))
    found = read(tmp_path)
    assert [each["id"] for each in found.facts] == ["000"]
    assert any("2 rows" in line for line in found.missing)


def test_the_hash_is_of_the_music(tmp_path: Path) -> None:
    one = read(write_folder(tmp_path / "a")).sha256
    assert one == read(write_folder(tmp_path / "b")).sha256
    assert one != read(write_folder(tmp_path / "c", 2)).sha256


def test_a_folder_without_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no MIDI files"):
        read(tmp_path)
    with pytest.raises(FolderError, match="no such folder"):
        read(tmp_path / "nowhere")
    pack(tmp_path / "x.tar.xz", {"notes.txt": b"hello"})
    with pytest.raises(FolderError):
        read(tmp_path)
