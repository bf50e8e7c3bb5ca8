import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest
from msgspec.structs import replace

from engines.studio.sound import find, fluidsynth, render
from engines.units import VOICES
from tests.engines.studio.pieces import names, piece, written

AUDIO = piece().config.audio
# a synthesiser as fluidsynth is called: what its source is called says what it does
FAKE = """#!{python}
import sys, wave
args = sys.argv[1:]
out, font = args[args.index("-F") + 1], args[-2]
if "silent" not in font:
    with wave.open(out, "wb") as to:
        to.setparams((2, 2, int(args[args.index("-r") + 1]), 0, "NONE", ""))
        to.writeframes(int(1000 * float(args[args.index("-g") + 1])).to_bytes(2, "little") * 200)
if "broken" in font:
    sys.exit("no such instrument")
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "fluidsynth"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("good.sf2", "broken.sf2", "silent.sf2"):
        (tmp_path / name).touch()
    return tmp_path


def test_rate_and_gain_are_those_of_the_configuration(fake):
    audio = replace(AUDIO, rate=22050, gain=0.25)
    made = replace(piece(), config=replace(piece().config, audio=audio))
    with wave.open(str(render(made, fake / "x.wav", fake / "good.sf2"))) as sound:
        assert sound.getframerate() == 22050
        assert np.frombuffer(sound.readframes(1), np.int16)[0] == 250


@pytest.mark.parametrize(("font", "words"), [("broken.sf2", "failed: no such instrument"), ("silent.sf2", "failed: 0")])
def test_a_failing_synthesiser_is_told_and_nothing_stays(fake, font, words):
    before = names(fake)
    with pytest.raises(OSError, match=words):
        render(piece(), fake / "x.wav", fake / font)
    assert names(fake) == before


def test_one_that_hangs_is_stopped(fake, monkeypatch):
    def late(*_args, **options):
        raise subprocess.TimeoutExpired("fluidsynth", options["timeout"])

    monkeypatch.setattr(subprocess, "run", late)
    with pytest.raises(TimeoutError, match="longer than 600 s"):
        render(piece(), fake / "x.wav", fake / "good.sf2")
    assert not (fake / "x.wav").exists()


def test_what_is_missing_is_named_with_how_to_get_it(fake, monkeypatch):
    assert find((str(fake / "none.sf2"), str(fake / "good.sf2"))) == fake / "good.sf2"
    assert find((), fake / "good.sf2") == fake / "good.sf2"
    with pytest.raises(FileNotFoundError, match=r"no General MIDI sound font .*apt install"):
        find((str(fake / "none.sf2"),))
    with pytest.raises(FileNotFoundError, match=r"mine\.sf2: no such sound font"):
        find((), fake / "mine.sf2")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match=r"fluidsynth is missing .*apt install"):
        render(piece(), fake / "x.wav")


def test_another_ending_is_refused_with_the_right_one(tmp_path):
    with pytest.raises(ValueError, match=r"'x\.mp3' does not fit; allowed: .*\.wav; nearest: x\.wav"):
        render(piece(), tmp_path / "x.mp3")


def test_a_place_that_is_not_there_is_told(fake):
    with pytest.raises(FileNotFoundError, match="no folder"):
        render(piece(), fake / "none" / "x.wav", fake / "good.sf2")


@pytest.mark.e2e
def test_fluidsynth_plays_the_combined_file(tmp_path):
    assert shutil.which("fluidsynth"), "fluidsynth is missing: apt install fluidsynth"
    made = written()
    assert all(made.notes[voice] for voice in VOICES)
    with wave.open(str(made.save_audio(tmp_path / "piece.wav"))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (2, AUDIO.rate, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(float) / 32768
        seconds = sound.getnframes() / sound.getframerate()
    assert made.seconds <= seconds < made.seconds + 5
    bars = samples[: int(made.seconds * AUDIO.rate) * 2].reshape(len(made.bars), -1)
    assert np.sqrt((bars**2).mean(axis=1)).min() > 0.005  # every bar sounds
    assert 0.05 < np.abs(samples).max() < 0.999  # and nothing clips


@pytest.mark.e2e
def test_a_loop_goes_round(tmp_path):
    made = written(loop=True)
    with wave.open(str(made.save_audio(tmp_path / "loop.wav"))) as sound:
        assert sound.getnframes() == round(made.seconds * AUDIO.rate)


@pytest.mark.e2e
def test_a_file_that_is_no_sound_font_is_told(tmp_path):
    made = piece().save_combined(tmp_path / "x.mid")
    (tmp_path / "bad.sf2").write_text("no font")
    done = tmp_path / "x.wav"
    with pytest.raises(OSError, match="fluidsynth"):
        fluidsynth(made, done, tmp_path / "bad.sf2", gain=0.5, rate=44100, timeout_s=60)
