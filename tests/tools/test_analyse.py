import json
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from tools.cli import main


def song(path: Path, *chords: tuple[int, ...]) -> Path:
    """Write one chord a bar and a melody of its top notes."""
    played = mido.MidiTrack([mido.MetaMessage("track_name", name="keys")])
    tune = mido.MidiTrack([mido.MetaMessage("track_name", name="melody")])
    for chord in chords:
        played += [mido.Message("note_on", note=note, velocity=80) for note in chord]
        played += [mido.Message("note_off", note=note, time=1920 * (n == 0)) for n, note in enumerate(chord)]
        tune += [
            mido.Message("note_on", note=chord[-1] + 12, velocity=80, channel=1),
            mido.Message("note_off", note=chord[-1] + 12, time=1920, channel=1),
        ]
    mido.MidiFile(tracks=[played, tune]).save(path)
    return path


CADENCE = ((48, 64, 67), (53, 65, 69), (43, 65, 71), (48, 64, 72))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["analyse", *map(str, words)])


def test_text_and_json(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    done = run(song(tmp_path / "song.mid", *CADENCE), "--chords", "--json", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert (found["file"], found["key"], found["bars"]) == ("song.mid", "C", 4)
    assert found["cadences"][-1]["kind"] == "authentic perfect"
    for words in ("song.mid", "authentic perfect", "melody (lead)", "120 bpm", "4/4"):
        assert words in done.output, words
    assert "I | IV | V7 | I" in done.output


def test_a_key_may_be_told(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    assert run(song(tmp_path / "song.mid", *CADENCE), "--key", "Am", "--json", out).exit_code == 0
    assert json.loads(out.read_text())["key"] == "Am"


@pytest.mark.parametrize("data", [b"", b"no music at all", b"MThd\0\0\0\6\0\2\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0"])
def test_what_is_no_music_is_one_line_and_2(tmp_path: Path, data: bytes) -> None:
    bad = tmp_path / "bad.mid"
    bad.write_bytes(data)
    done = run(bad)
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert "bad.mid" in done.output
    assert done.output.count("\n") == 1


def test_a_bad_key_and_a_missing_file_are_2(tmp_path: Path) -> None:
    assert run(song(tmp_path / "song.mid", *CADENCE), "--key", "H").exit_code == 2
    assert run(tmp_path / "none.mid").exit_code == 2


def test_drums_alone_have_no_key(tmp_path: Path) -> None:
    hits = mido.MidiTrack(
        [mido.Message("note_on", note=36, channel=9), mido.Message("note_off", note=36, channel=9, time=480)]
    )
    mido.MidiFile(tracks=[hits]).save(tmp_path / "drums.mid")
    done = run(tmp_path / "drums.mid")
    assert done.exit_code == 0, done.output
    assert "(drums)" in done.output
    assert "modulations" not in done.output
