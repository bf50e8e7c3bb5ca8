"""Piece: a master, what is to be said of it, and its ways out into files."""

from functools import cached_property
from pathlib import Path

from engines.analysis.analyse import analyse
from engines.analysis.result import Analysis
from engines.studio.log import append
from engines.studio.master import Master
from engines.studio.midifile import write_combined, write_voices
from engines.studio.picture import draw
from engines.studio.pieceread import music_of, told_of
from engines.studio.scorecard import Scorecard, score, show
from engines.studio.sound import render


class Piece(Master, frozen=True, dict=True):
    """A whole piece."""

    @cached_property
    def scores(self) -> Scorecard:
        """The scorecard."""
        return score(self, self.config.scorecard)

    @cached_property
    def theory(self) -> Analysis:
        """What it is as music: numerals, cadences, form, motifs; its chords and keys are known and not looked for."""
        return analyse(music_of(self), told=told_of(self))

    def save_midi(self, folder: str | Path) -> list[Path]:
        """Write one MIDI file per voice that plays into a folder, which is made; return their paths."""
        return write_voices(self, Path(folder))

    def save_combined(self, file: str | Path) -> Path:
        """Write one MIDI file of all voices, with tempo, metre, key, sections, chords and programs."""
        return write_combined(self, Path(file))

    def save_audio(self, file: str | Path, *, soundfont: str | Path | None = None) -> Path:
        """Render to a .wav with fluidsynth; raises FileNotFoundError saying what is missing."""
        return render(self, Path(file), Path(soundfont) if soundfont else None)

    def save_picture(self, file: str | Path) -> Path:
        """Draw piano roll, sections, chords and tension to a .png or .svg."""
        return draw(self, Path(file))

    def save_log(self, file: str | Path) -> Path:
        """Append how it was made (JSON lines), from which `melody-engine replay` makes it again."""
        return append(self, self.scores, Path(file))

    def print_scorecard(self) -> None:
        """Print the scorecard, and what theory says of its sections."""
        show(self.scores, self.theory)
