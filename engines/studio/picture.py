"""Pictures of pieces: chords, sections, piano roll, drums, and the tension wished and heard, in lines like a score.

The one place that draws with matplotlib (extra `picture`). Law: the same piece gives the same bytes.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.studio import place
from engines.studio.master import Master
from engines.studio.scorecard import tension_heard
from engines.units import VOICES

FORMS: Final = (".png", ".svg")
MISSING: Final = "no picture without matplotlib: pip install 'melody-engine[picture]'"
DRUMS: Final = "drums"
BARS_PER_LINE: Final = 32  # more, and sixteenths run into each other
LINE_INCHES, BAR_INCHES, LEFT, RIGHT, HEAD = 16.0, 2.0, 0.62, 0.25, 0.62
"""Width of a line at most, of a bar at most, and the margins: left, right, above (title)."""
SHORTEST: Final = 7.5  # inches of a line at least: the legend must fit above it
BAND, SEMITONE, HIT, TENSION, GAP, SPACE = 0.42, 0.05, 0.12, 0.8, 0.05, 0.45
"""Heights in inches: chords and sections, a semitone, a drum, tension; between these, between lines."""
OVERVIEW: Final = BAND / 2 + TENSION + SPACE + 0.1  # inches of the whole piece above its lines
SCALE: Final = {".png": 120, ".svg": 72}
"""Dots per inch."""
MOST_DOTS: Final = 60_000
"""Height of an image in dots that matplotlib still draws (it refuses 65,536): of longer pieces the dots grow."""


class Span(msgspec.Struct, frozen=True):
    """What every line of a picture must show: pitches low..high, drum keys from the lowest up."""

    low: int
    high: int
    drums: tuple[int, ...]

    @property
    def roll(self) -> float:
        """Height of the piano roll in inches."""
        return (self.high - self.low + 1) * SEMITONE

    @property
    def hits(self) -> float:
        """Height of the drums in inches."""
        return len(self.drums) * HIT

    @property
    def line(self) -> float:
        """Height of a line in inches, with what stands between its blocks."""
        return BAND + self.roll + self.hits + TENSION + (4 if self.drums else 3) * GAP


def available() -> bool:
    """Whether there is something to draw with."""
    return find_spec("matplotlib") is not None


def draw(master: Master, file: Path) -> Path:
    """Draw a piece to a .png or .svg; raises ValueError for another ending, ModuleNotFoundError, OSError."""
    form = file.suffix.lower()
    if form not in FORMS:
        raise ValueError(f"file: {file.name!r} does not fit; allowed: .png or .svg; nearest: {file.stem}.png")
    if not available():
        raise ModuleNotFoundError(MISSING)
    from matplotlib import rc_context

    with place.whole(file) as part, rc_context({"svg.hashsalt": "melody-engine", "font.family": "DejaVu Sans"}):
        figure = _figure(master)
        dots = min(SCALE[form], MOST_DOTS / figure.get_figheight())
        marks = {"Software": None} if form == ".png" else {"Date": None, "Creator": None}
        figure.savefig(part, format=form[1:], dpi=dots, metadata=marks)
    return file


def _figure(master: Master) -> Any:
    """Return the picture: title and legend, an overview where there are many lines, then the lines from above."""
    from engines.studio import picturestyle

    count = len(master.bars)
    lines = [range(first, min(count, first + BARS_PER_LINE)) for first in range(0, count, BARS_PER_LINE)]
    span, heard = _span(master), tension_heard(master.bars)
    sheet = _Sheet(len(lines[0]), HEAD + (OVERVIEW if lines[1:] else 0.0) + len(lines) * (span.line + SPACE))
    picturestyle.head(sheet.figure, master, *sheet.sides)
    sheet.down(HEAD)
    if lines[1:]:
        sheet.overview(master, heard)
    for line in lines:
        sheet.line(master, line, span, heard)
    return sheet.figure


class _Sheet:
    """The picture while it is drawn, from above downwards; lengths in inches."""

    def __init__(self, bars: int, height: float) -> None:
        """Take the number of bars of the longest line, and the height of everything."""
        from matplotlib.figure import Figure

        from engines.studio.picturestyle import PAPER

        self._bars, self._inches = bars, min(LINE_INCHES, max(bars * BAR_INCHES, SHORTEST))
        self._width, self._height, self._top = LEFT + self._inches + RIGHT, height, height
        self.figure = Figure(figsize=(self._width, height), facecolor=PAPER)

    @property
    def sides(self) -> tuple[float, float]:
        """Where lines begin and end, 0..1 of the width."""
        return LEFT / self._width, 1 - RIGHT / self._width

    def down(self, inches: float) -> None:
        """Leave so much free."""
        self._top -= inches

    def overview(self, master: Master, heard: Sequence[float]) -> None:
        """Draw sections and tension of the whole piece."""
        from engines.studio import pictureline

        bars = range(len(master.bars))
        form = self._axes(BAND / 2, self._inches)
        pictureline.sections(form, master, bars, bar_inches=self._inches / len(bars), chords=False)
        pictureline.tension(self._axes(TENSION, self._inches), master, bars, heard)
        self.down(OVERVIEW - BAND / 2 - TENSION - 2 * GAP)

    def line(self, master: Master, bars: Sequence[int], span: Span, heard: Sequence[float]) -> None:
        """Draw some bars with all that belongs to them."""
        from engines.studio import pictureline

        bar_inches = self._inches / self._bars
        wide = len(bars) * bar_inches
        pictureline.sections(self._axes(BAND, wide), master, bars, bar_inches=bar_inches)
        pictureline.roll(self._axes(span.roll, wide), master, bars, span.low, span.high)
        if span.drums:
            pictureline.drums(self._axes(span.hits, wide), master, bars, span.drums)
        pictureline.tension(self._axes(TENSION, wide), master, bars, heard)
        self.down(SPACE)

    def _axes(self, tall: float, wide: float) -> Any:
        """Return the next block from above."""
        bottom = (self._top - tall) / self._height
        self.down(tall + GAP)
        return self.figure.add_axes((self.sides[0], bottom, wide / self._width, tall / self._height))


def _span(master: Master) -> Span:
    pitches = [note.pitch for voice in VOICES if voice != DRUMS for note in master.notes[voice]]
    low, high = min(pitches, default=60), max(pitches, default=72)
    return Span(low - 2, max(high, low + 12) + 2, tuple(sorted({note.pitch for note in master.notes[DRUMS]})))
