"""Pairs as sound: fluidsynth renders both sides, equally loud."""

import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines.studio.sound import find, fluidsynth
from training.judge.sheet_settings import Sound

SUFFIX = ".ogg"


class NoSoundError(RuntimeError):
    """There is no way to make sound here; the message says what is missing."""


def soundfont(sound: Sound) -> Path:
    """Return the first sound font that exists. Raises NoSoundError without one or without fluidsynth."""
    try:
        return find(sound.soundfonts)
    except FileNotFoundError as error:
        raise NoSoundError(str(error)) from error


def render_pair(files: Sequence[Path], font: Path, sound: Sound) -> None:
    """Write both MIDI files as sound beside them, at one loudness. Raises NoSoundError where fluidsynth fails."""
    with tempfile.TemporaryDirectory() as scratch:
        measured = []
        for file in files:
            quiet = Path(scratch) / f"{file.stem}.wav"
            _fluidsynth(file, quiet, font, sound.quiet_gain, sound)
            measured.append(loudness(quiet))
    for file, gain in zip(files, gains(measured, sound), strict=True):
        _fluidsynth(file, file.with_suffix(SUFFIX), font, gain, sound)


def gains(measured: Sequence[tuple[float, float]], sound: Sound) -> list[float]:
    """Return fluidsynth's gain for each (RMS, peak) of full scale: all equally loud, none clipping."""
    ceiling = 10 ** (-sound.headroom_db / 20)
    limits = [min(ceiling / peak, sound.most_gain / sound.quiet_gain) * rms for rms, peak in measured if peak]
    wanted = min([10 ** (sound.loudness_db / 20), *limits])
    return [sound.quiet_gain * (wanted / rms if rms else 1.0) for rms, _ in measured]


def loudness(file: Path) -> tuple[float, float]:
    """Return RMS and peak of a 16-bit WAV file, of full scale."""
    with wave.open(str(file)) as read:
        frames = np.frombuffer(read.readframes(read.getnframes()), np.int16).astype(np.float64) / 32768
    return (float(np.sqrt((frames**2).mean())), float(np.abs(frames).max())) if len(frames) else (0.0, 0.0)


def _fluidsynth(file: Path, to: Path, font: Path, gain: float, sound: Sound) -> None:
    try:
        fluidsynth(file, to, font, gain=gain, rate=sound.rate, timeout_s=sound.timeout_s)
    except OSError as error:
        raise NoSoundError(str(error)) from error
