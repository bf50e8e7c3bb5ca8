"""Genre and Section: a style's form, harmony, figures and manners; references between them are checked here."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

import msgspec

from engines.genre.figures import (
    ArpFigure,
    BassFigure,
    Ending,
    Fill,
    LeadFigure,
    PadFigure,
    Part,
    Place,
    RollStage,
    Share,
    Step,
    Weight,
)
from engines.hand import Hand
from engines.units import VOICES

REQUIRED_SECTIONS: Final = ("intro", "build", "breakdown", "drop", "outro")

Bpm = Annotated[float, msgspec.Meta(ge=20, le=300)]
Midi = Annotated[int, msgspec.Meta(ge=0, le=127)]
Velocity = Annotated[int, msgspec.Meta(ge=1, le=127)]
VoiceName = Literal["lead", "bass", "arp", "pad", "drums"]
Choices = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class ChordLoop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roman numerals, one per bar (`|` joins several in a bar), with a weight in the draw."""

    numerals: str
    mode: Literal["major", "minor"]
    weight: Weight = 1.0


class Cadence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roman numerals of the last bars before a new section; they lead to its tonic."""

    numerals: str
    mode: Literal["major", "minor"]
    weight: Weight = 1.0


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of tension, density and energy in a 0..1 measure; their sum is at most 1."""

    tension: Share
    density: Share
    energy: Share

    def __post_init__(self) -> None:
        """Keep the measure inside 0..1."""
        if self.tension + self.density + self.energy > 1.0 + 1e-9:
            raise ValueError("tension + density + energy must be at most 1")

    def of(self, tension: float, density: float, energy: float) -> float:
        """Return the weighted sum, 0..1."""
        return self.tension * tension + self.density * density + self.energy * energy


class VoiceStyle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Manners of one voice.

    low, high: MIDI range. rise: semitones the register climbs from tension 0 to 1. velocity: quiet, loud.
    accent: velocity points of a full accent. timing: ticks and jitter: velocity points of one standard
    deviation at humanize 1.
    """

    low: Midi
    high: Midi
    velocity: tuple[Velocity, Velocity]
    rise: Annotated[int, msgspec.Meta(ge=0, le=36)] = 0
    accent: Annotated[int, msgspec.Meta(ge=0, le=60)] = 12
    timing: Annotated[float, msgspec.Meta(ge=0, le=25)] = 4.0
    jitter: Annotated[float, msgspec.Meta(ge=0, le=30)] = 5.0

    def __post_init__(self) -> None:
        """Refuse ranges too narrow for any chord tone to be found in."""
        if self.high - self.low < 12:
            raise ValueError(f"range {self.low}..{self.high}: must span an octave (12) at least")
        if self.velocity[0] > self.velocity[1]:
            raise ValueError("velocity: quiet must not exceed loud")


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section of the form.

    bars: nominal length. energy 0..1. tension: at its start and end, for the autopilot. players: who plays; enters: the
    share of the section that passes before a player joins where the conductor leads, 0..1, at the nearest phrase.
    follows: weights of the next section. Figures per voice: names, among which a visit picks one.
    roll: whether the rising roll plays. crash: whether a cymbal marks its start; loud_phrases: and each phrase.
    fills: where the drums play fills.
    """

    bars: Annotated[int, msgspec.Meta(ge=1, le=256)]
    energy: Share
    tension: tuple[Share, Share]
    players: tuple[VoiceName, ...]
    follows: Annotated[dict[str, Weight], msgspec.Meta(min_length=1)]
    drums: Choices
    bass: Choices
    arp: Choices
    lead: Choices
    pad: Choices
    roll: bool = False
    crash: bool = True
    loud_phrases: bool = False
    fills: tuple[Place, ...] = ("turn", "phrase", "lift", "fall")
    enters: dict[VoiceName, Share] = {}

    def playing(self, bar: int, bars: int, phrase_bars: int) -> tuple[str, ...]:
        """Return who plays in a bar (from 0) of a visit of `bars`: one joins with a phrase, in a short one at once."""
        return tuple(
            voice
            for voice in self.players
            if bar >= phrase_bars * round(self.enters.get(voice, 0.0) * bars / phrase_bars)
        )


class Genre(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A style. bpm: low, default, high; sections in order of their program change number.

    rests: steps for which a voice is silent at the end of the last bar before a section with more energy.
    ending: how the last bar of a piece is played.
    hands: how a voice's timing and loudness wander (`engines.touch` puts the learned ones in); else white jitter.
    """

    name: str
    title: str
    bpm: tuple[Bpm, Bpm, Bpm]
    phrase_bars: Annotated[int, msgspec.Meta(ge=1, le=64)]
    first: str
    sections: dict[str, Section]
    loops: Annotated[tuple[ChordLoop, ...], msgspec.Meta(min_length=1)]
    cadences: tuple[Cadence, ...]
    activity: Weights
    loudness: Weights
    voices: dict[str, VoiceStyle]
    kit: dict[str, Midi]
    grooves: dict[str, dict[str, Part]]
    bass: dict[str, BassFigure]
    arp: dict[str, ArpFigure]
    lead: dict[str, LeadFigure]
    pad: dict[str, PadFigure]
    fills: tuple[Fill, ...] = ()
    rolls: tuple[RollStage, ...] = ()
    rests: dict[str, Step] = {}
    ending: Ending = Ending()
    swing: Share = 0.0
    humanize: Share = 0.0
    hands: dict[str, Hand] = {}

    def __post_init__(self) -> None:
        """Check every name that refers to another part of the file."""
        if not self.bpm[0] <= self.bpm[1] <= self.bpm[2]:
            raise ValueError("bpm: must be low, default, high in rising order")
        _known("sections", REQUIRED_SECTIONS, self.sections)
        _known("rests", self.rests, dict.fromkeys(VOICES))
        _known("hands", self.hands, dict.fromkeys(VOICES))
        _known("first", (self.first,), self.sections)
        _known("voices", self.voices, dict.fromkeys(VOICES))
        _known("voices", VOICES, self.voices)
        for name, section in self.sections.items():
            _known(f"sections.{name}.follows", section.follows, self.sections)
            _known(f"sections.{name}.enters", section.enters, dict.fromkeys(section.players))
            for voice in VOICES:
                _known(f"sections.{name}.{voice}", getattr(section, voice), self.figures(voice))
        for parts in (*self.grooves.values(), *(fill.parts for fill in self.fills)):
            _known("drum", parts, self.kit)
        _known("ending.strokes", self.ending.strokes, self.kit)
        _known("rolls.drum", (stage.drum for stage in self.rolls), self.kit)
        _known("fills.mutes", (drum for fill in self.fills for drum in fill.mutes), self.kit)
        for mode in ("major", "minor"):
            if not any(loop.mode == mode and loop.weight > 0 for loop in self.loops):
                raise ValueError(f"loops: none in {mode}")

    def figures(self, voice: str) -> Mapping[str, object]:
        """Return the figures of a voice by name (drums: the grooves)."""
        figures: Mapping[str, object] = getattr(self, "grooves" if voice == "drums" else voice)
        return figures

    def section(self, name: str, energy: float) -> Section:
        """Return the named section, or for an unknown name the one nearest in energy."""
        found = self.sections.get(name)
        return found or min(self.sections.values(), key=lambda section: abs(section.energy - energy))


def _known(key: str, names: Iterable[str], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.0)
            raise ValueError(f"{key}: {name!r} is not defined; nearest: {near[0] if near else 'nothing'!r}")
