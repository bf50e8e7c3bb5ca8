"""Master: what was written: notes by voice, the plan of every bar, who played. All files of a piece come from it."""

from functools import cached_property

import msgspec

from engines.note import Note
from engines.plan import Plan
from engines.studio.arguments import Arguments
from engines.studio.config import Production
from engines.studio.order import Order
from engines.studio.perform import Written
from engines.units import TICKS_PER_BAR, VOICES


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


class Master(msgspec.Struct, frozen=True, dict=True):
    """A whole piece as it was played. bars: in order; stages: milliseconds spent by stage; config: of the studio."""

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


def _placed(note: Note, bar: int) -> Sounding:
    return Sounding(bar * TICKS_PER_BAR + note.onset, note.duration, note.pitch, note.velocity)
