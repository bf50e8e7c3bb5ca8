import errno
import os
import shutil
import signal
import wave
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from engines import MelodyEngine, Piece
from engines.studio import midifile, picture, sound
from engines.studio.log import read
from engines.units import VOICES
from tests.engines.studio.pieces import names
from tools.cli import main

SHORT = ("--structure", "build:1,drop:1", "--backend", "rules", "--no-picture")
FILES = {"combined.mid", "generation.jsonl", *(f"{voice}.mid" for voice in VOICES)}


def generate(out: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["generate", *args, "-o", str(out)])


def test_it_writes_what_the_engine_writes(tmp_path):
    done = generate(tmp_path / "out", "--key", "F#m", "--bpm", "150", "--chords", "i VI|III", "--seed", "7", *SHORT)
    assert done.exit_code == 0, done.output
    assert set(names(tmp_path / "out")) == FILES
    piece = MelodyEngine().generate(
        key="F#m", bpm=150, chord_progression="i VI|III", seed=7, model_backend="rules",
        structure=[{"section": "build", "bars": 1}, {"section": "drop", "bars": 1}],
    )  # fmt: skip
    piece.save_combined(tmp_path / "same.mid")
    assert (tmp_path / "out" / "combined.mid").read_bytes() == (tmp_path / "same.mid").read_bytes()
    assert read(tmp_path / "out" / "generation.jsonl").generation.arguments.seed == 7
    assert "in_key" in done.stdout  # the scorecard
    assert f"{tmp_path / 'out'}: arp.mid, bass.mid, combined.mid, drums.mid, generation.jsonl" in done.stdout


def test_one_bar_is_one_bar(tmp_path):
    done = generate(tmp_path / "out", "--structure", "drop:1", "--no-picture", "--backend", "rules")
    assert done.exit_code == 0
    assert "1 bar, 2 s" in done.stdout


def test_every_option_reaches_the_engine(tmp_path, monkeypatch):
    told = {}

    def wished(self, **arguments):
        told.update(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(MelodyEngine, "generate", wished)
    args = "--key C --bpm 90 --chords C --bars 8 --curve 0,1 --variation 0.1 --humanize 0.2 --backend rules"
    more = "--expert lead=rules --expert pad=rules --no-accompaniment --loop --candidates 3 --genre house --seed 5"
    done = generate(tmp_path / "out", *args.split(), *more.split(), "--swing", "0.3")
    assert (done.exit_code, names(tmp_path)) == (1, [])
    assert callable(told.pop("progress"))
    assert told == {
        "key": "C", "bpm": 90, "chord_progression": "C", "bars": 8, "tension_curve": [0, 1], "variation_level": 0.1,
        "humanization_intensity": 0.2, "model_backend": "rules", "experts": {"lead": "rules", "pad": "rules"},
        "accompaniment": False, "loop": True, "num_candidates": 3, "genre": "house", "seed": 5, "swing": 0.3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--key", "H#m"], ["--key", "H#m", "A..G", "nearest"]),
        (["--bars", "0"], ["--bars", "'0'", "1..1024", "nearest: 1"]),
        (["--structure", "drop:0"], ["--structure, part 1, bars", "'0'", "1..1024", "nearest: 1"]),
        (["--structure", "dorp:4"], ["--structure, part 1, section", "dorp", "build", "nearest: drop"]),
        (["--structure", "drop"], ["--structure", "'drop'", "build:16,drop:32"]),
        (["--curve", "0.2,7"], ["--curve, part 2", "'7'", "0..1", "nearest: 1"]),
        (["--curve", "arhc"], ["--curve", "arhc", "auto, flat", "nearest: arch"]),
        (["--backend", "ruels"], ["--backend", "ruels", "auto, rules", "nearest: rules"]),
        (["--expert", "lead=lead-gur"], ["--expert, lead", "lead-gur", "nearest: lead-gru"]),
        (["--expert", "laed=rules"], ["--expert", "laed", "nearest: lead"]),
        (["--bpm", "fast"], ["--bpm", "fast", "a number 20..300"]),
        (["--bpm", "301"], ["--bpm", "301", "20..300", "nearest: 300"]),
        (["--seed", "-1"], ["--seed", "0..2147483647", "nearest: 0"]),
        (["--candidates", "65"], ["--candidates", "1..64", "nearest: 64"]),
        (["--genre", "hose"], ["--genre", "hose", "nearest: house"]),
        (["--chords", "Am Xm"], ["--chords", "Xm"]),
    ],
)
def test_a_bad_argument_is_one_line_that_names_it_and_what_is_right(tmp_path, args, words):
    done = generate(tmp_path / "out", *args)
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert done.output.startswith("Error: --")
    assert all(word in done.output for word in words), done.output
    assert not names(tmp_path)


def test_a_place_that_cannot_be_written_to_is_refused_before_a_note_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(MelodyEngine, "generate", None)
    (tmp_path / "file").touch()
    done = generate(tmp_path / "file" / "out")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert f"-o: {tmp_path / 'file' / 'out'}: {tmp_path / 'file'} is a file" in done.output
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    done = generate(tmp_path / "out")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert f"-o: {tmp_path}: writing there is not allowed" in done.output
    assert names(tmp_path) == ["file"]


def test_an_empty_place_is_not_this_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(MelodyEngine, "generate", None)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["generate", "-o", ""])
    assert (done.exit_code, done.output) == (2, "Error: -o: no folder is named; such as out, or . for this one\n")
    assert not names(tmp_path)


def test_a_full_disk_is_told_with_the_place_that_was_asked_for(tmp_path, monkeypatch):
    def full(self, file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mido.MidiFile, "save", full)
    done = generate(tmp_path / "out", *SHORT)
    told = f"{tmp_path / 'out' / 'combined.mid'}: cannot be written: No space left on device; name another place"
    assert (done.exit_code, done.output) == (1, f"Error: {told}\n")
    assert not names(tmp_path)


def test_a_folder_in_the_way_of_a_file_is_told_before_a_note_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(MelodyEngine, "generate", None)
    (tmp_path / "lead.mid").mkdir()
    done = generate(tmp_path)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert f"-o: {tmp_path / 'lead.mid'}: is a folder" in done.output
    assert names(tmp_path) == ["lead.mid"]


def test_a_piece_without_a_note_says_so(tmp_path):
    done = generate(tmp_path, "--structure", "intro:2", "--no-accompaniment", "--backend", "rules", "--no-picture")
    assert done.exit_code == 0
    assert f"{tmp_path}: no note: whoever plays rests in intro; " in done.output
    assert "no note" not in generate(tmp_path, *SHORT).output


def test_a_configuration_is_read_and_its_mistakes_are_told_with_their_line(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("start:\n  bars: 2\nprograms: {lead: 99}\n")
    assert generate(tmp_path / "out", "--config", str(mine), "--backend", "rules", "--no-picture").exit_code == 0
    lead = mido.MidiFile(tmp_path / "out" / "combined.mid").tracks[2]
    assert [message.program for message in lead if message.type == "program_change"] == [99]
    mine.write_text("start:\n  bras: 2\n")
    done = generate(tmp_path / "not", "--config", str(mine))
    assert done.exit_code == 2
    assert f'{mine}:2: start: unknown key "bras" (nearest: bars)' in done.output
    assert not (tmp_path / "not").exists()


def told_to_end():
    os.kill(os.getpid(), signal.SIGTERM)


def interrupted():
    raise KeyboardInterrupt


def too_slow():
    raise TimeoutError("too slow")


@pytest.mark.parametrize("trouble", [interrupted, too_slow, told_to_end])
def test_what_breaks_off_while_writing_leaves_nothing_of_it(tmp_path, monkeypatch, trouble):
    on_sigterm = signal.getsignal(signal.SIGTERM)
    (tmp_path / "old").mkdir()
    assert generate(tmp_path / "old", *SHORT, "--seed", "1").exit_code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "old").iterdir()}

    def breaks(piece, folder):
        assert (folder / "combined.mid").exists()
        trouble()

    monkeypatch.setattr(midifile, "write_voices", breaks)
    for out in ("old", "new/deep"):
        done = generate(tmp_path / out, *SHORT)
        assert done.exit_code == 1
        assert "Traceback" not in done.output
    assert {file.name: file.read_bytes() for file in (tmp_path / "old").iterdir()} == before
    assert names(tmp_path) == ["old"]
    assert signal.getsignal(signal.SIGTERM) == on_sigterm


def test_a_bug_keeps_its_traceback(tmp_path, monkeypatch):
    def bug(self, **arguments):
        raise ValueError("not about an argument")

    monkeypatch.setattr(MelodyEngine, "generate", bug)
    assert str(generate(tmp_path / "out").exception) == "not about an argument"
    assert not names(tmp_path)


def test_files_of_an_earlier_piece_are_told_from_those_of_this_one(tmp_path):
    generate(tmp_path, *SHORT)
    done = generate(tmp_path, *SHORT, "--no-accompaniment")
    assert f"{tmp_path}: combined.mid, generation.jsonl, lead.mid\n" in done.output
    assert f"{tmp_path}: arp.mid, bass.mid, drums.mid, pad.mid: of an earlier piece\n" in done.output


def test_a_picture_is_drawn_or_it_is_said_how_to_get_one(tmp_path, monkeypatch):
    wish = [word for word in SHORT if word != "--no-picture"]
    done = generate(tmp_path / "with", *wish)
    assert (tmp_path / "with" / "piece.png").read_bytes()[:4] == b"\x89PNG"
    assert "pip install" not in done.output
    monkeypatch.setattr(picture, "find_spec", lambda name: None)
    done = generate(tmp_path / "without", *wish)
    assert done.exit_code == 0
    assert done.output.count("pip install 'melody-engine[picture]'") == 1
    assert set(names(tmp_path / "without")) == FILES


def test_sound_is_asked_for_before_the_piece_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(MelodyEngine, "generate", None)
    monkeypatch.setattr(sound.shutil, "which", lambda name: None)
    done = generate(tmp_path / "out", "--audio")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "fluidsynth is missing (Debian: apt install fluidsynth" in done.output
    assert not names(tmp_path)


def test_the_profile_tells_stages_beside_their_budget(tmp_path):
    done = generate(tmp_path / "out", *SHORT, "--profile")
    assert all(word in done.stdout for word in ("budget ms", "MIDI export", "structure and tension", "total"))


def test_progress_is_told_bar_by_bar():
    heard: list[tuple[int, int]] = []
    made: Piece = MelodyEngine().generate(bars=3, model_backend="rules", progress=lambda *bars: heard.append(bars))
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert len(made.bars) == 3


@pytest.mark.e2e
def test_with_audio_there_is_a_wave(tmp_path):
    assert shutil.which("fluidsynth"), "fluidsynth is missing: apt install fluidsynth"
    done = generate(tmp_path / "out", *SHORT, "--audio", "--profile")
    assert done.exit_code == 0, done.output
    with wave.open(str(tmp_path / "out" / "piece.wav")) as heard:
        assert any(heard.readframes(heard.getnframes()))
