"""End to end with programs we did not write: fluidsynth turns the ports into sound, and opens what we recorded."""

import subprocess
import sys
import time
import wave
from pathlib import Path

import mido
import numpy as np
import pytest

from engines.units import VOICES
from tests.e2e.concert import concert
from tests.e2e.jackd import JackEar, jack_server
from tests.e2e.sound import RATE, onsets, soundfont, synth, unless_thrown_out
from tools.live_server import LiveServer

pytestmark = pytest.mark.e2e

SPARSE = {"section": "intro", "tension": 0.1, "density": 0.1, "tempo": 120.0, "humanize": 0.0}
NEAR_S = 0.030
SYNTH_PERIOD = 512
"""Frames: fluidsynth strikes what it hears at the beginning of its cycle."""


@unless_thrown_out
def test_fluidsynth_makes_the_ports_sound_and_the_drums_stand_where_their_notes_are(tmp_path):
    with concert(tmp_path, play=False, start=SPARSE, period=SYNTH_PERIOD) as show, synth(show.jack, tmp_path) as sound:
        sound.hear("drums")
        show.play()
        show.hear_bars(6)
        first, samples = sound.sound(until=show.ear.notes_on()[-1].frame)
        struck = np.array(sorted({heard.frame for heard in show.ear.notes_on("drums")}))
        struck = struck[(struck > first + RATE // 10) & (struck < first + len(samples) - RATE // 5)]
        assert np.abs(samples).max() > 0.01
        heard = onsets(samples) + first
        far = np.array([np.abs(heard - frame).min() / RATE for frame in struck])
        assert len(struck) > 12
        assert np.mean(far <= NEAR_S) >= 0.95, np.round(far, 3)
        strays = np.array([np.abs(struck - frame).min() / RATE for frame in heard if struck[0] <= frame <= struck[-1]])
        assert np.mean(strays <= NEAR_S) >= 0.95, np.round(strays, 3)


@pytest.mark.parametrize("ports", [VOICES, ("combined",)])
@unless_thrown_out
def test_fluidsynth_hears_all_five_voices(ports, tmp_path):
    with concert(tmp_path, play=False, period=SYNTH_PERIOD) as show, synth(show.jack, tmp_path) as sound:
        sound.hear(*ports)
        show.play()
        show.hear_bars(4)
        began = next(heard.frame for heard in show.ear.notes_on())
        first, samples = sound.sound(until=show.ear.notes_on()[-1].frame)
        playing = samples[began - first + RATE // 10 :]
        parts = [part for part in np.array_split(playing, len(playing) // (RATE // 4)) if len(part)]
        assert min(np.abs(part).max() for part in parts) > 0.003  # never silent for a quarter of a second
        assert {heard.port for heard in show.ear.notes_on()} == set(VOICES)


def test_start_to_first_note_and_the_recording_opens_elsewhere(tmp_path):
    with jack_server(period=512) as jack:
        ear = JackEar(jack, VOICES)
        tempo, bars = 180.0, 4
        settings = {"midi": {"backend": "jack", "jack_server": jack.name}, "start": {"tempo": tempo}}
        server = LiveServer(tmp_path, "--autoplay", "--bars", str(bars), "--record", "x.mid", config=settings)
        try:
            ear.connect()
            assert ear.wait_for(lambda _: ear.notes_on(), 20.0), server.log()
            assert server.process.wait(30) == 0, server.log()
            assert ear.notes_on()[0].time - server.began < 2.0 + 240.0 / tempo + SLACK_S
            assert ear.wait_for(lambda _: not ear.hanging(), 5.0)
        finally:
            server.end()
            ear.close()
    opened(tmp_path / "x.mid", tempo, bars)


def test_without_any_midi_system_it_plays_records_and_ends_by_itself(tmp_path):
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tools", "serve", "--autoplay", "--bars", "4", "--record", "x.mid", "--config", "c.yaml"],
        cwd=configured(tmp_path), capture_output=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert time.monotonic() - started > 4 * 240.0 / 200.0
    opened(tmp_path / "x.mid", 200.0, 4)


def opened(path: Path, tempo: float, bars: int):
    """The recording as other programs see it."""
    file = mido.MidiFile(path)
    assert file.type == 1
    assert file.ticks_per_beat == 480
    names = [track.name for track in file.tracks]
    assert names[1:] == list(VOICES)
    tempos = [mido.tempo2bpm(event.tempo) for track in file.tracks for event in track if event.type == "set_tempo"]
    assert tempos[0] == pytest.approx(tempo, rel=1e-4)
    assert (bars - 1) * 240.0 / tempo < file.length < (bars + 1.1) * 240.0 / tempo
    on = sum(event.type == "note_on" and event.velocity > 0 for track in file.tracks for event in track)
    off = sum(event.type in ("note_off", "note_on") for track in file.tracks for event in track) - on
    assert on == off > 50
    rendered = path.with_suffix(".wav")
    subprocess.run(
        ["fluidsynth", "-ni", "-g", "0.5", "-r", "44100", "-F", str(rendered), soundfont(), str(path)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with wave.open(str(rendered)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        seconds = sound.getnframes() / sound.getframerate()
    assert np.abs(samples.astype(int)).max() > 1000
    assert seconds > (bars - 1) * 240.0 / tempo


def configured(folder: Path) -> Path:
    from tools.live_server import free_port

    port = free_port()
    (folder / "c.yaml").write_text(f"osc: {{port: {port}}}\nmidi: {{backend: none}}\nstart: {{tempo: 200}}\n")
    return folder


def environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


SLACK_S = 3.0
"""What a machine that runs other tests beside may take longer; `bench live` measures the real figure."""
