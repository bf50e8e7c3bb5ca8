"""Planning: what control and cursor make of a bar, before anybody writes a note of it."""

from engines.conductor import BarChords, Cursor, chords_of, running, section_of
from engines.control.state import Control, Loop
from engines.genre import Genre
from engines.homecoming import drawn_together, told_home
from engines.plan import Plan
from engines.theory.numeral import chords_per_beat, in_key
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES


def plan(
    control: Control, cursor: Cursor, genre: Genre, *, bpm: float, upcoming: str | None, left: int | None = None
) -> Plan:
    """Plan the cursor's bar; `bpm` at its line, `upcoming` as in Plan, `left`: bars that the music still has."""
    tick = cursor.bar * TICKS_PER_BAR
    section = section_of(genre, cursor.section)
    visit = running(cursor, genre)
    playing: tuple[str, ...] = section.players
    if control.autopilot:  # whoever chooses a section by hand hears all of it at once
        playing = section.playing(cursor.section_bar, visit.bars, genre.phrase_bars)
    if upcoming is None and cursor.coming is not None:
        upcoming = cursor.coming.section
    t0, t1, t2, t3 = (
        min(1.0, max(0.0, control.tension.at(tick + beat * TICKS_PER_BEAT))) for beat in range(BEATS_PER_BAR)
    )
    return Plan(
        index=cursor.bar,
        genre=genre.name,
        section=cursor.section,
        section_bar=cursor.section_bar,
        section_bars=visit.bars,
        phrase_bar=cursor.section_bar % genre.phrase_bars,
        phrase_bars=genre.phrase_bars,
        upcoming=upcoming,
        energy=visit.energy,
        tension=(t0, t1, t2, t3),
        density={voice: control.density_of(voice) for voice in VOICES},
        variation=control.variation,
        key=control.key,
        chords=chords_per_beat(_chords(control, cursor, 0, left)),
        next_chord=_chords(control, cursor, 1, left)[0],
        active=tuple(voice for voice in VOICES if voice in playing),
        bpm=bpm,
        closing=left == 1,
    )


def _chords(control: Control, cursor: Cursor, ahead: int, left: int | None) -> BarChords:
    """Return the chords of the cursor's bar, or of `ahead` bars later: as the conductor has them, and home at the end.

    Where a loop is told that has the tonic's chord, the last bar is that chord, and the bar before holds what was
    told for both. Chords that begin with the last bar stay as they are: their first is what was asked for.
    """
    chords = chords_of(control, cursor, ahead, left)
    told = control.harmony if control.by_hand is None else None
    if left is None or left > 2 or cursor.loop_bar + left < 2 or not isinstance(told, Loop):
        return chords
    home = told_home((tuple(in_key(symbol, control.key) for symbol in bar) for bar in told.bars), control.key)
    if home is None:
        return chords
    return (home,) if ahead >= left - 1 else drawn_together(chords, chords_of(control, cursor, 1), control.key)
