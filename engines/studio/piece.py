"""Piece: what was written: notes by voice, the plan of every bar, who played, scores; and its ways out into files."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from engines.note import Note
from engines.plan import Plan
from engines.studio.arguments import Arguments
from engines.studio.config import Production
from engines.studio.order import Order
from engines.studio.perform import Written
from engines.units import TICKS_PER_BAR, VOICES

if TYPE_CHECKING:
    from engines.analysis.result import Analysis
    from engines.studio.scorecard import Scorecard


class Sounding(msgspec.Struct, frozen=True, order=True):
    """A note of a piece: tick from its beginning, duration (ticks of 480 a beat), MIDI pitch, velocity."""

    tick: int
    duration: int
    pitch: int
    velocity: int


class Miss(msgspec.Struct, frozen=True):
    """A bar of a chair that not its first choice played, and why."""

    bar: int
    chair: str
    player: str
    reason: str


class Piece(msgspec.Struct, frozen=True, dict=True):
    """A whole piece. bars: in order; stages: milliseconds spent by stage; config: under which it was made."""

    arguments: Arguments
    order: Order
    bars: tuple[Written, ...]
    stages: dict[str, float]
    config: Production

    @property
    def plan(self) -> tuple[Plan, ...]:
        """What each bar was to be."""
        return tuple(bar.plan for bar in self.bars)

    @cached_property
    def notes(self) -> dict[str, tuple[Sounding, ...]]:
        """The notes by voice as they sound, in order."""
        return {
            voice: tuple(
                sorted(
                    _placed(note, bar) for bar, written in enumerate(self.bars) for note in written.wire[voice].notes
                )
            )
            for voice in VOICES
        }

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Where not the first choice of a chair played; of an ending the rules are the first choice."""
        return tuple(
            Miss(number, chair, player.expert, player.reason)
            for number, bar in enumerate(self.bars)
            for chair, player in bar.players.items()
            if player.reason and not bar.plan.closing
        )

    @property
    def seconds(self) -> float:
        """How long it lasts, up to its last bar line."""
        return len(self.bars) * 240.0 / self.order.bpm

    @cached_property
    def scores(self) -> "Scorecard":
        """The scorecard."""
        from engines.studio.scorecard import score

        return score(self, self.config.scorecard)

    @cached_property
    def theory(self) -> "Analysis":
        """What it is as music: numerals, cadences, form, motifs; its chords and keys are known and not looked for."""
        from engines.analysis.analyse import analyse
        from engines.studio.pieceread import music_of, told_of

        return analyse(music_of(self), told=told_of(self))

    def save_midi(self, folder: str | Path) -> list[Path]:
        """Write one MIDI file per voice that plays into a folder, which is made; return their paths."""
        from engines.studio.midifile import write_voices

        return write_voices(self, Path(folder))

    def save_combined(self, file: str | Path) -> Path:
        """Write one MIDI file of all voices, with tempo, metre, key, sections, chords and programs."""
        from engines.studio.midifile import write_combined

        return write_combined(self, Path(file))

    def save_audio(self, file: str | Path, *, soundfont: str | Path | None = None) -> Path:
        """Render to a .wav with fluidsynth; raises FileNotFoundError saying what is missing."""
        from engines.studio.sound import render

        return render(self, Path(file), Path(soundfont) if soundfont else None)

    def save_picture(self, file: str | Path) -> Path:
        """Draw piano roll, sections, chords and tension to a .png or .svg."""
        from engines.studio.picture import draw

        return draw(self, Path(file))

    def save_log(self, file: str | Path) -> Path:
        """Append how it was made (JSON lines), from which `melody-engine replay` makes it again."""
        from engines.studio.log import append

        return append(self, Path(file))

    def print_scorecard(self) -> None:
        """Print the scorecard, and what theory says of its sections."""
        from engines.studio.scorecard import show

        show(self.scores, self.theory)


def _placed(note: Note, bar: int) -> Sounding:
    return Sounding(bar * TICKS_PER_BAR + note.onset, note.duration, note.pitch, note.velocity)
