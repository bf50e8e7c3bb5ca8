"""The scorecard of a piece: what it is like in numbers, beside what it should reach, and who played it."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from engines.analysis.result import Analysis
from engines.ensemble import RULES
from engines.measure.accompaniment import consonant_share, movements, unsupported_share
from engines.measure.harmony import chord_tone_share
from engines.measure.line import Roll, chord_rows, line_of, placed, roll_of
from engines.measure.rank import spearman
from engines.measure.structure import lag_similarity
from engines.measure.tension import Part, Sounded, realised
from engines.note import Bar
from engines.studio.cast import TACET, in_scale
from engines.studio.config import Mark, load, tension_parts
from engines.studio.master import Master
from engines.studio.perform import Written
from engines.units import VOICES

if TYPE_CHECKING:
    from rich.table import Table

MOTIF_BARS = 4
PITCHED = tuple(voice for voice in VOICES if voice != "drums")


class VoiceScore(msgspec.Struct, frozen=True):
    """One voice. bars: in which it plays; lowest, highest: MIDI pitch; in_key: share of its time in key or chord."""

    notes: int
    bars: int
    lowest: int
    highest: int
    velocity: float
    in_key: float


class Figure(msgspec.Struct, frozen=True):
    """One figure and what it should reach; good: whether it does."""

    value: float
    least: float | None
    most: float | None
    good: bool


class Scorecard(msgspec.Struct, frozen=True):
    """A piece in numbers. wished, heard: tension by bar 0..1; players: share of each chair's bars by expert."""

    bars: int
    seconds: float
    voices: dict[str, VoiceScore]
    figures: dict[str, Figure]
    wished: tuple[float, ...]
    heard: tuple[float, ...]
    players: dict[str, dict[str, float]]
    reasons: dict[str, int]

    @property
    def good(self) -> bool:
        """Whether every figure reaches its mark."""
        return all(figure.good for figure in self.figures.values())


def score(master: Master, marks: Mapping[str, Mark] | None = None) -> Scorecard:
    """Return the scorecard of a piece; marks: what the figures should reach, None = as shipped."""
    bars = master.bars
    course = tuple(bar for bar in bars if not bar.plan.closing)  # an ending obeys no tension, and is always the rules'
    marks = _shipped_marks() if marks is None else marks
    wished = tuple(bar.plan.mean_tension for bar in bars)
    heard = tuple(tension_heard(bars))
    obeyed = _obeyed(wished[: len(course)], heard[: len(course)])
    found = _figures(bars) | {"tension": obeyed, "rules_share": _stood_in(course)}
    figures = {
        name: Figure(value, marks[name].least, marks[name].most, marks[name].reached(value))
        for name, value in found.items()
        if value is not None and name in marks
    }
    voices = {voice: one for voice in VOICES if (one := _voice(bars, voice)) is not None}
    reasons = Counter(f"{miss.chair}: {miss.reason}" for miss in master.misses)
    return Scorecard(len(bars), master.seconds, voices, figures, wished, heard, _players(bars), dict(reasons))


def tension_heard(bars: tuple[Written, ...], parts: Mapping[str, Part] | None = None) -> list[float]:
    """Return the realised tension of all voices by bar, 0..1; parts: as `configs/tension.yaml` has them."""
    sounded = [Sounded(bar.bars, bar.plan.chords) for bar in bars]
    key = bars[0].plan.key
    return [float(value) for value in realised(sounded, key, _shipped_parts() if parts is None else parts)]


def _figures(bars: tuple[Written, ...]) -> dict[str, float | None]:
    count = len(bars)
    lead = line_of(placed([bar.bars["lead"] for bar in bars]), count)
    chords = chord_rows([chord for bar in bars for chord in bar.plan.chords])
    pad, others = _roll(bars, ("pad",)), _roll(bars, ("bass", "arp", "pad"))
    moves = movements(pad, chords)
    motif = lag_similarity(lead, MOTIF_BARS)[-1] if lead.onset.any() else np.nan
    accompanied = bool(others.onset.any())
    return {
        "in_key": in_scale([(bar.plan, bar.bars[voice]) for bar in bars for voice in PITCHED]),
        "chord_tones_strong": chord_tone_share(lead, chords, strong=True),
        "consonant": consonant_share(lead, others) if accompanied else None,
        "unsupported": unsupported_share(lead, others) if accompanied else None,
        "pad_movement": float(np.mean(moves)) if moves else None,
        "motif_return": float(motif) if np.isfinite(motif) else None,
    }


def _roll(bars: tuple[Written, ...], voices: tuple[str, ...]) -> Roll:
    notes = [note for voice in voices for note in placed([bar.bars[voice] for bar in bars])]
    return roll_of(notes, len(bars))


def _obeyed(wished: tuple[float, ...], heard: tuple[float, ...]) -> float | None:
    if len(set(wished)) < 2 or len(set(heard)) < 2:
        return None  # nothing was asked, or nothing can be ranked
    return spearman(wished, heard)


def _stood_in(bars: tuple[Written, ...]) -> float:
    players = [player for bar in bars for player in bar.players.values()]
    return sum(player.expert == RULES and bool(player.reason) for player in players) / max(1, len(players))


def _players(bars: tuple[Written, ...]) -> dict[str, dict[str, float]]:
    counts: dict[str, Counter[str]] = {}
    for bar in bars:
        for chair, player in bar.players.items():
            name = player.expert if player.expert in (RULES, TACET) else f"{player.expert} {player.version}"
            counts.setdefault(chair, Counter())[name] += 1
    return {chair: {name: n / found.total() for name, n in found.items()} for chair, found in counts.items()}


def _voice(bars: tuple[Written, ...], voice: str) -> VoiceScore | None:
    played: list[Bar] = [bar.wire[voice] for bar in bars if bar.wire[voice].notes]
    notes = [note for bar in played for note in bar.notes]
    if not notes:
        return None
    pitches, loud = [note.pitch for note in notes], [note.velocity for note in notes]
    fits = in_scale([(bar.plan, bar.bars[voice]) for bar in bars]) if voice in PITCHED else 1.0
    return VoiceScore(len(notes), len(played), min(pitches), max(pitches), sum(loud) / len(loud), fits)


@cache
def _shipped_marks() -> dict[str, Mark]:
    return load().scorecard


@cache
def _shipped_parts() -> dict[str, Part]:
    return tension_parts()


def show(card: Scorecard, theory: "Analysis | None" = None) -> None:
    """Print a scorecard as tables; theory: of the same piece."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    figures = Table("figure", "value", "wanted", "", title=f"{_bars(card.bars)}, {card.seconds:.0f} s")
    for name, figure in card.figures.items():
        marks = (("≥", figure.least), ("≤", figure.most))
        wanted = " ".join(f"{sign} {mark:g}" for sign, mark in marks if mark is not None)
        figures.add_row(name, f"{figure.value:.3f}", wanted, "good" if figure.good else "short")
    voices = Table("voice", "notes", "bars", "range", "velocity", "in key", "played by")
    for voice, one in card.voices.items():
        names = ", ".join(f"{name} {share:.0%}" for name, share in card.players.get(voice, {}).items())
        span = f"{one.lowest}..{one.highest}"
        voices.add_row(voice, str(one.notes), str(one.bars), span, f"{one.velocity:.0f}", f"{one.in_key:.0%}", names)
    console.print(figures, voices)
    if theory is not None:
        console.print(_sections(theory))
    for reason, count in card.reasons.items():
        console.print(f"{_bars(count)}: {reason}", markup=False)


def _bars(count: int) -> str:
    return f"{count} bar{'s' * (count != 1)}"


def _sections(theory: Analysis) -> "Table":
    from rich.table import Table

    lead = next((track.shape for track in theory.tracks if track.lead and track.shape), None)
    motifs = f", {lead.motif_share:.0%} of the lead is motifs that come back" if lead else ""
    table = Table("section", "bars", "numerals", "cadence", title=f"{theory.key}; form {theory.form}{motifs}")
    for section in theory.sections:
        table.add_row(section.name, str(section.bars), section.harmony.loop or section.numerals, section.cadence)
    return table
