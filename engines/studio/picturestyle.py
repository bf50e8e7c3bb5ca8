"""How pictures of pieces look: colours, names, the head above the lines."""

from collections.abc import Sequence
from typing import Any, Final

from engines.studio.master import Master
from engines.units import VOICES

PAPER, PANEL, INK, QUIET, GRID, PHRASE, BLACK_KEY = (
    "#fbfaf6", "#ffffff", "#26262b", "#8b8a86", "#e9e6df", "#c9c5bb", "#f6f4ee",
)  # fmt: skip
VOICE: Final = {"lead": "#d7263d", "bass": "#1b5fa7", "arp": "#f0a202", "pad": "#5fa777", "drums": "#4b4a54"}
"""Told apart by those who see no red and green, too: dark, darkest, lightest, middle."""
WISHED, HEARD = "#f3c98b", "#7a2e8e"
COOL, WARM = (0.80, 0.88, 0.95), (0.98, 0.80, 0.68)
"""Sections, from no energy to all of it, as red, green, blue 0..1."""

SMALL, NORMAL, TITLE = 6.5, 8.0, 13.0
"""Letters in points."""
LETTER, BOLD_LETTER = 0.64, 0.7  # of its points: width of a letter
PHRASE_BARS, DENSE = 4, 64
"""Every so many bars a stronger line; in a line of more bars than `DENSE` only these."""

GENERAL_MIDI: Final = {
    35: "kick 2", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare 2", 41: "tom 1", 42: "hat", 43: "tom 2",
    44: "pedal hat", 45: "tom 3", 46: "open hat", 47: "tom 4", 48: "tom 5", 49: "crash", 50: "tom 6", 51: "ride",
    52: "china", 53: "bell", 54: "tambourine", 55: "splash", 56: "cowbell", 57: "crash 2", 59: "ride 2", 69: "cabasa",
    70: "shaker", 75: "claves", 82: "shaker 2",
}  # fmt: skip
"""Percussion keys (General MIDI level 1 and 2)."""


def drum(key: int) -> str:
    """Return what a percussion key is called."""
    return GENERAL_MIDI.get(key, f"key {key}")


def warmth(energy: float) -> tuple[float, float, float]:
    """Return the colour of a section of this energy 0..1."""
    red, green, blue = (cool + (warm - cool) * energy for cool, warm in zip(COOL, WARM, strict=True))
    return red, green, blue


def letters_inches(text: str, points: float, *, bold: bool) -> float:
    """Return about how wide a text is."""
    return len(text) * points * (BOLD_LETTER if bold else LETTER) / 72.0


def head(figure: Any, master: Master, left: float, right: float) -> None:
    """Write title and legend above the lines, between two places 0..1 of the width."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    control, height = master.order.control, figure.get_figheight()
    minutes, seconds = divmod(round(master.seconds), 60)
    above = _words(control.genre, master.plan[0].key.name)
    figure.text(left, 1 - 0.2 / height, above, size=TITLE, color=INK, va="center", weight="bold")
    bars = f"{len(master.bars)} bar{'s' * (len(master.bars) > 1)}"
    below = _words(f"{master.order.bpm:g} BPM", bars, f"{minutes}:{seconds:02}", f"seed {control.seed}")
    figure.text(left, 1 - 0.42 / height, below, size=NORMAL, color=QUIET, va="center")
    marks: list[Any] = [Patch(color=VOICE[voice], label=voice) for voice in VOICES if master.notes[voice]]
    marks += [Patch(color=WISHED, label="tension wished"), Line2D([], [], color=HEARD, label="heard")]
    figure.legend(
        handles=marks, loc="upper right", ncols=len(marks), frameon=False, fontsize=NORMAL, labelcolor=INK,
        bbox_to_anchor=(right, 1 - 0.26 / height), borderaxespad=0, handlelength=1.1, columnspacing=1.3,
    )  # fmt: skip


def bare(axes: Any, bars: Sequence[int], low: float, high: float, *, grid: bool = True) -> None:
    """Clear axes of everything but their ground, and lines at bars and phrases of four."""
    axes.set_xlim(bars[0], bars[-1] + 1)
    axes.set_ylim(low, high)
    axes.set_facecolor(PANEL)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=QUIET, pad=3)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    if grid:
        for bar in range(bars[0], bars[-1] + 2, PHRASE_BARS if len(bars) > DENSE else 1):
            axes.axvline(bar, color=PHRASE if bar % PHRASE_BARS == 0 else GRID, linewidth=0.7, zorder=0.6)


def _words(*words: str) -> str:
    return "  ·  ".join(words)
