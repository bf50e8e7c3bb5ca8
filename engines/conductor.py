"""The conductor: pure planning of what the next bar shall be.

A cursor says where in the music the next bar stands; control and cursor make the plan. Bar numbers always go
on, while section and chord loop stand still as long as a bar is held.
"""

import random

import msgspec
from msgspec.structs import replace

from engines.control.state import Auto, Control, Fixed, Loop, Ramp, Symbol
from engines.control.tree import When
from engines.genre import Genre, Section
from engines.plan import Plan
from engines.seed import mix
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import chords_per_beat
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES

BarChords = tuple[Chord, ...]


class Cursor(msgspec.Struct, frozen=True):
    """Where the next bar stands.

    bar: its number. section, section_bar: the section it belongs to, and bars since that began. visit: how many
    sections have begun. loop_bar: bars since the chords began; serial: which chords. chosen: bars of chords that
    the harmony expert chose in `chosen_key`, the first for loop_bar `chosen_at`.
    """

    bar: int = 0
    genre: str = ""
    section: str = ""
    section_bar: int = 0
    visit: int = 0
    loop_bar: int = 0
    serial: int = -1
    again: int = 0
    chosen: tuple[BarChords, ...] = ()
    chosen_at: int = 0
    chosen_key: Key | None = None


def section_of(genre: Genre, name: str) -> Section:
    """Return the section, or the genre's first where the genre has no such section."""
    return genre.sections.get(name) or genre.sections[genre.first]


def boundary(cursor: Cursor, genre: Genre) -> When:
    """Return the coarsest grain that begins with the cursor's bar: bar, phrase or section."""
    if cursor.section_bar % section_of(genre, cursor.section).bars == 0:
        return When.section
    return When.phrase if cursor.section_bar % genre.phrase_bars == 0 else When.bar


def repeats(control: Control, cursor: Cursor) -> bool:
    """Whether the cursor's bar is the running bar once more (`/hold`, `/again`)."""
    return cursor.bar > 0 and (control.hold or control.again != cursor.again)


def steer(control: Control, cursor: Cursor, genre: Genre, tick: int) -> Control:
    """Return the control as the autopilot would have it at the cursor's bar (unchanged while it is off)."""
    if not control.autopilot or repeats(control, cursor):
        return control
    if cursor.section and boundary(cursor, genre) is When.section and cursor.section_bar > 0:
        control = replace(control, section=next_section(control, cursor, genre))
    entering = control.section != cursor.section or not cursor.section
    section = section_of(genre, control.section)
    done = 0 if entering else cursor.section_bar % section.bars
    end_tick = tick + (section.bars - done) * TICKS_PER_BAR
    if entering or control.tension.tick1 != end_tick:
        start = section.tension[0] if entering else control.tension.at(tick)
        control = replace(control, tension=Ramp(start, section.tension[1], tick, end_tick))
    return control


def next_section(control: Control, cursor: Cursor, genre: Genre) -> str:
    """Return the section the autopilot goes on to: weighted by the genre, the same for the same seed and place."""
    follows = section_of(genre, cursor.section).follows
    if not follows:
        return genre.first
    dice = random.Random(mix(control.seed, "section", cursor.visit))
    return dice.choices(list(follows), weights=list(follows.values()))[0]


def enter(control: Control, cursor: Cursor) -> Cursor:
    """Return the cursor after what begins with its bar: a new section, new chords."""
    if control.section != cursor.section or control.genre != cursor.genre:
        cursor = replace(cursor, genre=control.genre, section=control.section, section_bar=0, visit=cursor.visit + 1)
    if control.harmony_serial != cursor.serial:
        cursor = replace(cursor, serial=control.harmony_serial, loop_bar=0, chosen=(), chosen_at=0)
    return cursor


def advance(cursor: Cursor, bars: int = 1) -> Cursor:
    """Return the cursor `bars` later."""
    return replace(
        cursor,
        bar=cursor.bar + bars,
        section_bar=cursor.section_bar + bars,
        loop_bar=cursor.loop_bar + bars,
    )


def move_to(cursor: Cursor, bar: int) -> Cursor:
    """Return the cursor at another bar number, as if the music had run there (song position)."""
    moved = advance(cursor, bar - cursor.bar)
    return replace(moved, section_bar=max(0, moved.section_bar), loop_bar=max(0, moved.loop_bar))


def needs_harmony(control: Control, cursor: Cursor) -> bool:
    """Whether the harmony expert must choose before this bar can be planned."""
    if not isinstance(control.harmony, Auto):
        return False
    spent = not 0 <= cursor.loop_bar - cursor.chosen_at < len(cursor.chosen)
    return spent or control.key != cursor.chosen_key


def chords_of(control: Control, cursor: Cursor, ahead: int = 0) -> BarChords:
    """Return the chords of the cursor's bar, or of `ahead` bars later as far as that is known."""
    harmony = control.harmony
    if control.by_hand is not None:
        return (in_key(control.by_hand, control.key),)
    if isinstance(harmony, Fixed):
        return (in_key(harmony.symbol, control.key),)
    if isinstance(harmony, Loop):
        bar = harmony.bars[(cursor.loop_bar + ahead) % len(harmony.bars)]
        return tuple(in_key(symbol, control.key) for symbol in bar)
    place = cursor.loop_bar - cursor.chosen_at + ahead
    return cursor.chosen[place % len(cursor.chosen)]


def in_key(symbol: Symbol, key: Key) -> Chord:
    """Return the chord that a symbol means in a key."""
    return symbol if isinstance(symbol, Chord) else symbol.chord(key)


def plan(control: Control, cursor: Cursor, genre: Genre, *, bpm: float, upcoming: str | None) -> Plan:
    """Plan the cursor's bar; `bpm` at its line, `upcoming` as in Plan."""
    tick = cursor.bar * TICKS_PER_BAR
    section = section_of(genre, cursor.section)
    if upcoming is None and control.autopilot and (cursor.section_bar + 1) % section.bars == 0:
        upcoming = next_section(control, cursor, genre)
    t0, t1, t2, t3 = (
        min(1.0, max(0.0, control.tension.at(tick + beat * TICKS_PER_BEAT))) for beat in range(BEATS_PER_BAR)
    )
    return Plan(
        index=cursor.bar,
        genre=genre.name,
        section=cursor.section,
        section_bar=cursor.section_bar,
        section_bars=section.bars,
        phrase_bar=cursor.section_bar % genre.phrase_bars,
        phrase_bars=genre.phrase_bars,
        upcoming=upcoming,
        energy=section.energy,
        tension=(t0, t1, t2, t3),
        density={voice: control.density_of(voice) for voice in VOICES},
        variation=control.variation,
        key=control.key,
        chords=chords_per_beat(chords_of(control, cursor)),
        next_chord=chords_of(control, cursor, 1)[0],
        active=tuple(voice for voice in VOICES if voice in section.players),
        bpm=bpm,
    )
