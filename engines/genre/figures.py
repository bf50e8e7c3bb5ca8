"""Figures: what one voice can play in a bar, as grids of thresholds and a few numbers."""

from typing import Annotated, Literal

import msgspec

from engines.genre.grid import Grid, Line
from engines.units import STEPS_PER_BAR

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Weight = Annotated[float, msgspec.Meta(ge=0.0, le=1000.0)]
Gate = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
Step = Annotated[int, msgspec.Meta(ge=0, lt=STEPS_PER_BAR)]
Place = Literal["turn", "phrase", "lift", "fall"]
Steps = Annotated[int, msgspec.Meta(ge=1, le=STEPS_PER_BAR)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One drum of a groove. plays: thresholds; accents: 0..9; level: its loudness against the voice, 0..1."""

    plays: Grid
    accents: Grid = "9...|6...|8...|6..."
    level: Share = 1.0


class Fill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Drums that replace the groove from step `start` to the end of the bar.

    where: turn (every fourth bar), phrase (its last bar), lift / fall (last bar before a section with more /
    not more energy). mutes: drums of the groove that fall silent from `start` on. gap: steps at the end of
    the bar in which all drums are silent, the breath before a drop.
    """

    where: Place
    start: Step
    parts: dict[str, Part] = {}
    mutes: tuple[str, ...] = ()
    gap: Step = 0
    weight: Weight = 1.0


class RollStage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stage of the rising roll. since: share of the section passed, 0..1, from which it plays."""

    since: Share
    drum: str
    plays: Grid
    level: Share = 1.0


class BassFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bass line. lift: per step the tension (digit / 10) from which its note jumps up an octave.

    gate: share of the time to the next note that sounds; longest: steps that a note may last.
    """

    line: Line
    plays: Grid
    lift: Grid = "................"
    accents: Grid = "9393|5393|7393|5393"
    gate: Gate = 0.8
    longest: Steps = 2


class ArpFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An arpeggio over the ladder of chord tones.

    order: up, down, updown, downup, or `figure`: indices into the ladder, beyond its top an octave higher.
    restart: where the order begins anew. octaves: of the ladder at tension 0 and at tension 1.
    """

    order: Literal["up", "down", "updown", "downup", "figure"]
    plays: Grid
    figure: tuple[Annotated[int, msgspec.Meta(ge=0, le=31)], ...] = ()
    restart: Literal["beat", "bar", "phrase"] = "bar"
    octaves: tuple[Annotated[float, msgspec.Meta(ge=1, le=4)], Annotated[float, msgspec.Meta(ge=1, le=4)]] = (1, 3)
    accents: Grid = "9363|7363|8363|7363"
    gate: Gate = 0.6
    longest: Steps = 2

    def __post_init__(self) -> None:
        """Refuse a figure without indices."""
        if self.order == "figure" and not self.figure:
            raise ValueError("order 'figure' needs `figure`: a list of indices")


class LeadFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the lead makes motifs.

    cells: rhythms of one bar; thresholds up to `skeleton` / 10 are the motif's bones, the others elaborate.
    form: the letters of a phrase's four quarters, equal letters = the same motif. moves: weights of 0, 1, 2 …
    scale steps between bones. span: scale steps the contour may leave its middle. same: chance that the
    second bar of a motif has the rhythm of the first. breath: step of a phrase's last long note.
    """

    cells: Annotated[tuple[Grid, ...], msgspec.Meta(min_length=1)]
    skeleton: Annotated[int, msgspec.Meta(ge=0, le=9)] = 3
    form: Annotated[str, msgspec.Meta(pattern="^[A-D]{4}$")] = "AABA"
    moves: Annotated[tuple[Weight, ...], msgspec.Meta(min_length=2, max_length=8)] = (1, 4, 3, 1)
    span: Annotated[int, msgspec.Meta(ge=1, le=14)] = 5
    same: Share = 0.6
    breath: Annotated[int, msgspec.Meta(ge=0, le=13)] = 8
    accents: Grid = "9253|6253|8253|6253"
    gate: Gate = 0.9
    longest: Steps = 8


class PadFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pad. plays: where the chord may be struck anew (chord changes always strike); size: notes at tension 0, 1.

    tie: hold the tones that two chords share over a change inside the bar. gate: share of the time to the
    next strike that sounds; 1 = legato.
    """

    plays: Grid = "0...|....|....|...."
    size: tuple[Annotated[int, msgspec.Meta(ge=3, le=7)], Annotated[int, msgspec.Meta(ge=3, le=7)]] = (3, 5)
    tie: bool = True
    accents: Grid = "5...|....|....|...."
    gate: Gate = 1.0


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last bar of a piece: its downbeat, which rings; the arpeggio stops.

    strokes: drums struck there, with their level against the voice 0..1; all but the crash only where the section's
    groove has them. lead, bass, pad, drums: steps for which the voice rings.
    """

    strokes: dict[str, Share] = {}
    lead: Steps = STEPS_PER_BAR
    bass: Steps = STEPS_PER_BAR
    pad: Steps = STEPS_PER_BAR
    drums: Steps = STEPS_PER_BAR
