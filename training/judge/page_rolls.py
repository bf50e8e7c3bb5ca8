"""Piano rolls: one excerpt's voices over its chords, on the pitches that all excerpts of its blueprint share."""

from collections.abc import Iterator, Sequence

import msgspec
from markupsafe import Markup

from engines.units import TICKS_PER_BAR, VOICES
from training.judge.page_svg import drawing, tag
from training.judge.result import Excerpt

BAR, TOP, ROW, HIT, GAP = 50.0, 28.0, 3.0, 5.0, 6.0
"""Widths and heights in units of the drawing: a bar, the chord names, a semitone, a drum, above the drums."""
LETTER = 5.6  # width of a letter of a chord name
DRUMS = "drums"


class Space(msgspec.Struct, frozen=True):
    """What a roll must show: pitches low..high, drums from the lowest up."""

    low: int
    high: int
    drums: tuple[int, ...]

    @property
    def floor(self) -> float:
        """Where the lowest pitch ends."""
        return TOP + (self.high - self.low + 1) * ROW

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return self.floor + (GAP + len(self.drums) * HIT if self.drums else 0) + 1


def space(excerpts: Sequence[Excerpt]) -> Space:
    """Return the pitches and drums that appear in any of some excerpts."""
    pitched = [n[2] for each in excerpts for voice, notes in each.notes.items() if voice != DRUMS for n in notes]
    drums = sorted({note[2] for each in excerpts for note in each.notes.get(DRUMS, ())})
    return Space(min(pitched, default=60), max(pitched, default=60), tuple(drums))


def roll(excerpt: Excerpt, within: Space, who: str) -> Markup:
    """Draw an excerpt: chord names above, pitched voices, drums below. who: the player's name for the title."""
    width = max(1, excerpt.bars) * BAR
    chords = " | ".join(" ".join(bar) for bar in excerpt.chords)
    inside = (*_grid(excerpt, within, width), *_names(excerpt), *_voices(excerpt, within))
    title = f"Piano roll of {who}, {excerpt.blueprint}, {excerpt.key}: {chords}"
    return drawing(title, width, within.height, inside, "roll")


def _grid(excerpt: Excerpt, within: Space, width: float) -> Iterator[Markup]:
    octaves = (p for p in range(within.low, within.high + 1) if p % 12 == 0)
    rows = "".join(f"M0 {_y(pitch, within) + ROW:g}H{width:g}" for pitch in octaves)
    bars = "".join(f"M{n * BAR:g} {TOP:g}V{within.height:g}" for n in range(excerpt.bars + 1))
    yield tag("path", d=rows, class_="octave")
    yield tag("path", d=bars, class_="barline")


def _names(excerpt: Excerpt) -> Iterator[Markup]:
    """Chord names over equal parts of their bars, in turn on two lines, narrowed to the room on their line."""
    placed = [
        (n % 2, (bar + n / len(chords)) * BAR, name)
        for bar, chords in enumerate(excerpt.chords)
        for n, name in enumerate(chords)
    ]
    for number, (line, x, name) in enumerate(placed):
        end = next((other for which, other, _ in placed[number + 1 :] if which == line), excerpt.bars * BAR)
        room = min(BAR, end - x) - 3
        tight = room if len(name) * LETTER > room else None
        yield tag(
            "text", name, x=x + 2, y=11 + line * 11, class_="chord",
            textLength=tight, lengthAdjust=tight and "spacingAndGlyphs",
        )  # fmt: skip


def _voices(excerpt: Excerpt, within: Space) -> Iterator[Markup]:
    for voice in reversed(VOICES):  # the lead comes last: on top
        if notes := excerpt.notes.get(voice):
            boxes = "".join(_box(note, within, drum=voice == DRUMS) for note in notes)
            yield tag("path", tag("title", f"{voice}: {len(notes)} notes"), d=boxes, class_=f"note {voice}")


def _box(note: tuple[int, int, int, int], within: Space, *, drum: bool) -> str:
    onset, duration, pitch, _ = note
    x, width = onset / TICKS_PER_BAR * BAR, duration / TICKS_PER_BAR * BAR
    if drum:
        y = within.height - 1 - (within.drums.index(pitch) + 1) * HIT
        return f"M{x:.1f} {y:g}h2v4h-2z"
    wide = max(1.0, width - 0.4)  # a hair between notes that follow each other on one pitch
    return f"M{x:.1f} {_y(pitch, within):g}h{wide:.1f}v{ROW:g}h-{wide:.1f}z"


def _y(pitch: int, within: Space) -> float:
    return TOP + (within.high - pitch) * ROW
