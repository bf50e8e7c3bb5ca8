import shutil
import sys
import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest

from training.judge.sheet_audio import NoSoundError, gains, loudness, render_pair, soundfont
from training.judge.sheet_midi import write_midi
from training.judge.sheet_settings import load

SOUND = load()
# a synthesiser as fluidsynth is called: a square wave, as loud as gain and the name of the file say
FAKE = """#!{python}
import struct, sys, wave
args = sys.argv[1:]
gain, out, source = float(args[args.index("-g") + 1]), args[args.index("-F") + 1], args[-1]
level = int(32767 * min(1.0, gain * (2.0 if "-a." in source else 0.5)))
with wave.open(out, "wb") as to:
    to.setparams((2, 2, 44100, 0, "NONE", ""))
    to.writeframes(struct.pack("<hh", level, -level) * 1000)
sys.exit(3 if "broken" in source else 0)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "fluidsynth"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_both_sides_are_equally_loud(fake):
    files = [fake / "01-a.mid", fake / "01-b.mid"]
    render_pair(files, Path("any.sf2"), SOUND)
    levels = [20 * np.log10(loudness(file.with_suffix(".ogg"))[0]) for file in files]
    assert levels == pytest.approx([SOUND.loudness_db] * 2, abs=0.05)


def test_a_failing_synthesiser_is_told(fake):
    with pytest.raises(NoSoundError, match="failed"):
        render_pair([fake / "broken-a.mid"], Path("any.sf2"), SOUND)


def test_gains_make_all_alike_and_none_clips():
    measured = [(0.01, 0.02), (0.002, 0.1)]
    found = gains(measured, SOUND)
    heard = [
        (rms * gain / SOUND.quiet_gain, peak * gain / SOUND.quiet_gain)
        for (rms, peak), gain in zip(measured, found, strict=True)
    ]
    assert heard[0][0] == pytest.approx(heard[1][0])
    assert max(peak for _, peak in heard) <= 10 ** (-SOUND.headroom_db / 20) + 1e-9
    assert gains([(0.0, 0.0)], SOUND) == [SOUND.quiet_gain]
    assert max(gains([(1e-5, 1e-4), (0.01, 0.02)], SOUND)) == pytest.approx(SOUND.most_gain)


def test_what_is_missing_is_named(monkeypatch, fake):
    with pytest.raises(NoSoundError, match="sound font"):
        soundfont(msgspec.structs.replace(SOUND, soundfonts=("/nowhere.sf2",)))
    assert soundfont(msgspec.structs.replace(SOUND, soundfonts=("/nowhere.sf2", str(fake)))) == fake
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoSoundError, match="fluidsynth is missing"):
        soundfont(SOUND)


def test_loudness_of_silence_and_of_full_scale(tmp_path):
    for name, level, frames in (("none", 0, 0), ("silent", 0, 9), ("full", -32768, 9)):
        with wave.open(str(tmp_path / name), "wb") as to:
            to.setparams((1, 2, 44100, 0, "NONE", ""))
            to.writeframes(np.full(frames, level, np.int16).tobytes())
    assert loudness(tmp_path / "none") == loudness(tmp_path / "silent") == (0.0, 0.0)
    assert loudness(tmp_path / "full") == (1.0, 1.0)


@pytest.mark.e2e
def test_fluidsynth_renders_what_browsers_play(tmp_path):
    assert shutil.which("fluidsynth"), "fluidsynth is missing: apt install fluidsynth"
    files = [tmp_path / "01-a.mid", tmp_path / "01-b.mid"]
    for file, velocity in zip(files, (40, 127), strict=True):
        write_midi(file, {"lead": [(0, 480, 60, velocity)]}, bpm=200.0, bars=1, sound=SOUND)
    render_pair(files, soundfont(SOUND), SOUND)
    for file in files:
        assert file.with_suffix(".ogg").read_bytes()[:4] == b"OggS"
