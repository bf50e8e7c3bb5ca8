"""Asking: what an expert is told of the place in the music that it writes for."""

from engines import conductor
from engines.conductor import BarChords, Cursor
from engines.control.state import Control
from engines.expert import HarmonyRequest, Heard, Request
from engines.genre import Genre
from engines.note import EMPTY_BAR, Bar
from engines.plan import Plan
from engines.seed import mix
from engines.units import TICKS_PER_BAR


def voice_request(
    *,
    history: tuple[Heard, ...],
    plan: Plan,
    control: Control,
    voice: str,
    written: dict[str, Bar],
    start: int,
    committed: dict[str, Bar],
    theme: Heard | None = None,
) -> Request:
    """Ask for a voice of the plan's bar."""
    return Request(
        plan=plan,
        voices=(voice,),
        history=history,
        written=dict(written),
        committed={voice: committed.get(voice, EMPTY_BAR)} if start else {},
        start=start,
        seed=mix(control.seed, plan.index, voice, start),
        phrase_seed=mix(control.seed, plan.genre, plan.section),
        candidates=control.candidates,
        theme=theme,
    )


def harmony_request(
    past: tuple[BarChords, ...], cursor: Cursor, control: Control, genre: Genre, left: int | None
) -> HarmonyRequest:
    """Ask for a phrase, or for what there is before the last bar, to which it then leads."""
    bars = genre.phrase_bars
    ends = left is not None and left <= bars + 1
    if left is not None and ends:
        bars = left - 1
    return HarmonyRequest(
        genre=genre.name,
        section=cursor.section,
        section_bar=cursor.section_bar,
        tension=control.tension.at(cursor.bar * TICKS_PER_BAR),
        variation=control.variation,
        key=control.key,
        bars=bars,
        past=past,
        cadence=ends or (cursor.section_bar + bars) % conductor.running(cursor, genre).bars == 0,
        seed=mix(control.seed, cursor.bar, "harmony"),
        theme_seed=mix(control.seed, "theme", conductor.round_of(control, cursor)),
        loops=genre.loops,
        cadences=genre.cadences,
    )
