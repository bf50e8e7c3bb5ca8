"""One line of a picture: its blocks, from above: chords and sections, piano roll, drums, tension. x: bars."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from engines.studio import picturestyle as style
from engines.studio.master import Master, Sounding
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, VOICES

BLACK: Final = (1, 3, 6, 8, 10)  # pitch classes
FAINTEST: Final = 0.4  # of a note struck as softly as can be
FULLNESS: Final = {"lead": (1.3, 1.0), "bass": (1.0, 1.0), "arp": (0.84, 0.9), "pad": (0.84, 0.55)}
"""Height in semitones and opacity: the melody in front, held chords behind."""
PADDING: Final = 0.05  # inches before a word
LAYERS: Final = [voice for voice in reversed(VOICES) if voice != "drums"]  # the lead comes last: on top
SHARE: Final = 0.5  # of the upper block: the section's band; above it stand the chords


def sections(axes: Any, master: Master, bars: Sequence[int], *, bar_inches: float, chords: bool = True) -> None:
    """Draw the bands of the sections with names and lengths, and above them the chords where they change."""
    style.bare(axes, bars, 0, 1, grid=False)
    axes.set_facecolor(style.PAPER)
    share = SHARE if chords else 1.0
    for first, end in _runs(master, bars):
        plan = master.plan[first]
        axes.axvspan(first, end, 0, share, facecolor=style.warmth(plan.energy), edgecolor=style.PAPER, linewidth=2)
        name = f"… {plan.section}" if plan.section_bar else f"{plan.section}  {plan.section_bars}"
        _word(axes, (first, share * 0.46), name, (end - first) * bar_inches, bar_inches, bold=True)
    for at, room, name in _chords(master, bars) if chords else ():
        _word(axes, (at, 0.78), name, room * bar_inches, bar_inches, bold=False)


def roll(axes: Any, master: Master, bars: Sequence[int], low: int, high: int) -> None:
    """Draw the pitched voices, the lead on top; the harder a note is struck, the fuller its colour."""
    style.bare(axes, bars, low - 0.5, high + 0.5)
    for pitch in range(low, high + 1):
        if pitch % 12 in BLACK:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=style.BLACK_KEY, linewidth=0, zorder=0.2)
    octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    for pitch in octaves:
        axes.axhline(pitch - 0.5, color=style.PHRASE, linewidth=0.5, zorder=0.5)
    axes.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
    for voice in LAYERS:
        tall, full = FULLNESS[voice]
        boxes = ((n.tick, n.duration, n.pitch - tall / 2, n.velocity) for n in _within(master.notes[voice], bars))
        _boxes(axes, boxes, tall, style.VOICE[voice], full)


def drums(axes: Any, master: Master, bars: Sequence[int], keys: Sequence[int]) -> None:
    """Draw the drums as rows of hits, the lowest key at the bottom."""
    style.bare(axes, bars, 0, len(keys))
    for row in range(0, len(keys), 2):
        axes.axhspan(row, row + 1, color=style.BLACK_KEY, linewidth=0, zorder=0.2)
    axes.set_yticks([row + 0.5 for row in range(len(keys))], [style.drum(key) for key in keys])
    width = TICKS_PER_BAR // 24  # a hit has no length: drawn a little shorter than a sixteenth
    hits = ((n.tick, width, keys.index(n.pitch) + 0.16, n.velocity) for n in _within(master.notes["drums"], bars))
    _boxes(axes, hits, 0.68, style.VOICE["drums"])


def tension(axes: Any, master: Master, bars: Sequence[int], heard: Sequence[float]) -> None:
    """Draw the tension wished by beat as a filled step, and as it is heard by bar as a line; 0..1."""
    style.bare(axes, bars, 0, 1.04)
    beats = [bar + beat / BEATS_PER_BAR for bar in bars for beat in range(BEATS_PER_BAR)]
    wished = [value for bar in bars for value in master.plan[bar].tension]
    edges = ([*beats, bars[-1] + 1], [*wished, wished[-1]])
    axes.fill_between(*edges, step="post", color=style.WISHED, alpha=0.55, linewidth=0, zorder=1)
    # the line goes on past the edge
    around = [bar for bar in (bars[0] - 1, *bars, bars[-1] + 1) if 0 <= bar < len(heard)]
    centres, values = [bar + 0.5 for bar in around], [heard[bar] for bar in around]
    axes.plot(centres, values, color=style.HEARD, linewidth=1.5, marker="o", markersize=2.4, zorder=2)
    axes.axhline(0, color=style.PHRASE, linewidth=1)
    axes.set_yticks([0, 0.5, 1], ["0", "", "1"])
    every = style.PHRASE_BARS * (4 if len(bars) > style.DENSE else 1)
    marks = [bar for bar in bars if bar % every == 0]
    axes.set_xticks(marks, [str(bar + 1) for bar in marks], ha="left")
    axes.set_ylabel("tension", size=style.SMALL, color=style.QUIET, labelpad=2)


def _boxes(
    axes: Any, boxes: Iterable[tuple[int, int, float, int]], tall: float, colour: str, full: float = 1.0
) -> None:
    """Draw (tick, duration, bottom, velocity) as filled boxes, in one collection: thousands are no burden."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgb

    corners, fills = [], []
    for tick, duration, bottom, velocity in boxes:
        left, right = tick / TICKS_PER_BAR, (tick + duration) / TICKS_PER_BAR
        corners.append([(left, bottom), (right, bottom), (right, bottom + tall), (left, bottom + tall)])
        fills.append((*to_rgb(colour), full * (FAINTEST + (1 - FAINTEST) * velocity / 127)))
    axes.add_collection(PolyCollection(corners, facecolors=fills, edgecolors=style.PANEL, linewidths=0.25, zorder=3))


def _word(axes: Any, place: tuple[float, float], text: str, room: float, bar_inches: float, *, bold: bool) -> None:
    """Write a word that begins at (bar, height), as small as its room in inches demands."""
    wide = style.letters_inches(text, style.NORMAL, bold=bold)
    size = max(1.0, min(style.NORMAL, style.NORMAL * (room - 2 * PADDING) / wide))
    left, weight = place[0] + PADDING / bar_inches, "bold" if bold else "normal"
    axes.text(left, place[1], text, size=size, color=style.INK, va="center", weight=weight)


def _within(notes: Sequence["Sounding"], bars: Sequence[int]) -> Iterator["Sounding"]:
    """Yield the notes that sound in some bars."""
    first, end = bars[0] * TICKS_PER_BAR, (bars[-1] + 1) * TICKS_PER_BAR
    return (note for note in notes if note.tick < end and note.tick + note.duration > first)


def _runs(master: Master, bars: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of every run of bars that belong to one section."""
    begun = [bar for bar in bars if bar == bars[0] or master.plan[bar].section_bar == 0]
    yield from zip(begun, [*begun[1:], bars[-1] + 1], strict=True)


def _chords(master: Master, bars: Sequence[int]) -> Iterator[tuple[float, float, str]]:
    """Yield (bar, bars that it lasts, name) of every chord that differs from the one before."""
    beats = [
        (bar + beat / BEATS_PER_BAR, chord.name_in(master.plan[bar].key))
        for bar in bars
        for beat, chord in enumerate(master.plan[bar].chords)
    ]
    for name, same in groupby(beats, key=lambda beat: beat[1]):
        lasting = [at for at, _ in same]
        yield lasting[0], len(lasting) / BEATS_PER_BAR, name
