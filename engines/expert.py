"""The one small interface behind which every player stands, rule-based or neural.

After Plaits' `engine.h`: a request that contains everything, bars that come back, no hidden state. What
was heard is in the request, so fallback, swap, retry, replay and process isolation need no other care.
"""

from typing import Protocol

import msgspec

from engines.genre import Cadence, ChordLoop
from engines.note import Bar
from engines.plan import Plan
from engines.theory.chord import Chord
from engines.theory.key import Key

HISTORY_BARS = 8


class ExpertError(Exception):
    """An expert could not write this bar; the band plays its next choice."""


class Heard(msgspec.Struct, frozen=True):
    """One bar of the past: its plan and what each voice was written to play (before swing and levels)."""

    plan: Plan
    bars: dict[str, Bar]


class Request(msgspec.Struct, frozen=True):
    """All an expert may know to write (part of) one bar.

    voices: the voices asked for. history: the last bars heard, oldest first, at most HISTORY_BARS.
    written: bars of this bar by earlier chairs. committed: per asked voice the part of this bar that has
    sounded (onsets before `start`); start: first tick the expert may still write, 0 for a whole bar.
    seed: 64-bit, differs per bar and chair; phrase_seed: the same for the whole section visit, for motifs
    that return. budget_ms: time until the band plays without this expert; to give up early, never to write other
    notes: same seed, same music. candidates: how many drafts to choose among, 0 = as the card says. theme: what the
    lead played at this place of a phrase when its section first came; None where that is not known.
    """

    plan: Plan
    voices: tuple[str, ...]
    history: tuple[Heard, ...] = ()
    written: dict[str, Bar] = {}
    committed: dict[str, Bar] = {}
    start: int = 0
    seed: int = 0
    phrase_seed: int = 0
    budget_ms: float = 1000.0
    candidates: int = 0
    theme: Heard | None = None


class Expert(Protocol):
    """Writes one or more voices of a bar; stateless; raises only ExpertError."""

    @property
    def name(self) -> str:
        """Name as in `models list`."""

    @property
    def version(self) -> str:
        """Version as in `models list`."""

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices it can write."""

    def write(self, request: Request) -> dict[str, Bar]:
        """Write a bar for every asked voice: its committed part unchanged, then notes from `start` on."""


class HarmonyRequest(msgspec.Struct, frozen=True):
    """All a harmony expert may know to choose the chords of the next bars.

    bars: how many (the length of a phrase). past: chords heard, one tuple per bar, oldest first, at most 16
    bars. section_bar: bars since the section began. cadence: whether a section ends with these bars. theme_seed: the
    same throughout a piece, for chords that come back. loops, cadences: the genre's own, of both modes.
    """

    genre: str
    section: str
    section_bar: int
    tension: float
    variation: float
    key: Key
    bars: int
    past: tuple[tuple[Chord, ...], ...] = ()
    cadence: bool = False
    seed: int = 0
    budget_ms: float = 1000.0
    theme_seed: int = 0
    loops: tuple[ChordLoop, ...] = ()
    cadences: tuple[Cadence, ...] = ()


class HarmonyExpert(Protocol):
    """Chooses chords under `/chords/auto`; stateless; raises only ExpertError."""

    @property
    def name(self) -> str:
        """Name as in `models list`."""

    @property
    def version(self) -> str:
        """Version as in `models list`."""

    def choose(self, request: HarmonyRequest) -> tuple[tuple[Chord, ...], ...]:
        """Return one tuple of 1, 2 or 4 equally long chords for each of `request.bars` bars."""


def check_bars(request: Request, bars: dict[str, Bar]) -> dict[str, Bar]:
    """Return `bars` if they answer the request legally, else raise ExpertError saying what is wrong."""
    for voice in request.voices:
        bar = bars.get(voice)
        if bar is None:
            raise ExpertError(f"no bar for {voice}")
        if list(bar.notes) != sorted(bar.notes):
            raise ExpertError(f"{voice}: notes out of order")
        if bar.before(request.start) != request.committed.get(voice, Bar()).before(request.start):
            raise ExpertError(f"{voice}: wrote into the part that has sounded")
    return {voice: bars[voice] for voice in request.voices}
