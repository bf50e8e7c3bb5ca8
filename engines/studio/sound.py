"""Sound: MIDI files rendered by the program fluidsynth. The one place that starts it; listening sheets use it, too."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engines.studio import place
from engines.studio.cut import cut
from engines.studio.master import Master
from engines.studio.midifile import write_combined

PROGRAM: Final = "fluidsynth"
FORMS: Final = {".wav": "wav", ".ogg": "oga"}
"""What fluidsynth calls the formats, by ending."""
COMPLAINT: Final = "fluidsynth: error"
TOLD: Final = 300  # letters of what fluidsynth complained about


def render(master: Master, file: Path, soundfont: Path | None = None) -> Path:
    """Write a piece as 16-bit stereo .wav at the configuration's rate and gain; soundfont None = the first there is.

    It is as long as the piece and rings out; of a loop exactly as long, to go round.
    Raises ValueError for another ending, FileNotFoundError saying what is missing, OSError where it cannot be done.
    """
    if file.suffix.lower() != ".wav":
        raise ValueError(f"file: {file.name!r} does not fit; allowed: a name ending in .wav; nearest: {file.stem}.wav")
    audio = master.config.audio
    font = find(audio.soundfonts, soundfont)
    with place.whole(file) as part, tempfile.TemporaryDirectory() as scratch:
        midi = write_combined(master, Path(scratch) / "piece.mid")
        rendered = Path(scratch) / "piece.wav"
        fluidsynth(midi, rendered, font, gain=audio.gain, rate=audio.rate, timeout_s=audio.timeout_s)
        cut(rendered, part, master.seconds, loop=master.order.control.after == "again")
    return file


def find(soundfonts: Sequence[str], wanted: Path | None = None) -> Path:
    """Return the wanted sound font, else the first of some that exists; FileNotFoundError says what is missing."""
    if shutil.which(PROGRAM) is None:
        raise FileNotFoundError("fluidsynth is missing (Debian: apt install fluidsynth fluid-soundfont-gm)")
    if wanted is not None:
        if not wanted.is_file():
            raise FileNotFoundError(f"{wanted}: no such sound font; name a .sf2 or .sf3 file")
        return wanted
    found = next((Path(each) for each in soundfonts if Path(each).exists()), None)
    if found is None:
        raise FileNotFoundError("no General MIDI sound font (Debian: apt install fluid-soundfont-gm)")
    return found


def fluidsynth(midi: Path, to: Path, font: Path, *, gain: float, rate: int, timeout_s: float) -> None:
    """Render a MIDI file to .wav or .ogg. gain: 0..10; rate: frames a second; OSError where it fails or is too slow."""
    command = [PROGRAM, "-niq", "-g", f"{gain:.5f}", "-r", str(rate), "-T", FORMS[to.suffix.lower()], "-F", str(to)]
    try:
        done = subprocess.run(
            [*command, str(font), str(midi)], capture_output=True, text=True, check=False, timeout=timeout_s
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"fluidsynth took longer than {timeout_s:g} s") from error
    # of a sound font that it cannot read it only complains, ends well, and has written silence
    if done.returncode or not to.exists() or COMPLAINT in done.stderr:
        raise OSError(f"fluidsynth failed: {done.stderr.strip()[:TOLD] or done.returncode}")
