"""The conductor: where in the music the next bar stands, and what belongs there.

A cursor says where; control and cursor make the plan (`engines.planning`). Bar numbers always go on, while section and
chord loop stand still as long as a bar is held.
"""

import msgspec
from msgspec.structs import replace

from engines.control.state import Auto, Control, Fixed, Loop, Ramp
from engines.control.tree import When
from engines.form import FormRequest, Visit, ask, drawn
from engines.genre import Genre, Section
from engines.homecoming import home
from engines.seed import mix
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import in_key
from engines.understudy.form import RuleForm
from engines.units import TICKS_PER_BAR

BarChords = tuple[Chord, ...]
FORM_VISITS = 16  # sections of the past that a form expert is told
THEME_VISITS = 12  # sections that share their themes where nobody has arranged any: a track of dance music has 8 to 12


class Cursor(msgspec.Struct, frozen=True):
    """Where the next bar stands.

    bar: its number. section, section_bar: the section it belongs to, and bars since that began. visit: how many
    sections have begun. loop_bar: bars since the chords began; serial: which chords. chosen: bars of chords that
    the harmony expert chose in `chosen_key`, the first for loop_bar `chosen_at`. form: the last sections that ended;
    wished: the running section as the form expert chose it, None = as the genre draws it; coming: the one that it chose
    to begin with the cursor's bar.
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
    form: tuple[Visit, ...] = ()
    wished: Visit | None = None
    coming: Visit | None = None


def section_of(genre: Genre, name: str) -> Section:
    """Return the section, or the genre's first where the genre has no such section."""
    return genre.sections.get(name) or genre.sections[genre.first]


def running(cursor: Cursor, genre: Genre) -> Visit:
    """Return the running section as the form expert chose it, else as the genre draws it."""
    return cursor.wished or drawn(genre, cursor.section)


def boundary(cursor: Cursor, genre: Genre) -> When:
    """Return the coarsest grain that begins with the cursor's bar: bar, phrase or section."""
    if cursor.section_bar % running(cursor, genre).bars == 0:
        return When.section
    return When.phrase if cursor.section_bar % genre.phrase_bars == 0 else When.bar


def repeats(control: Control, cursor: Cursor) -> bool:
    """Whether the cursor's bar is the running bar once more (`/hold`, `/again`)."""
    return cursor.bar > 0 and (control.hold or control.again != cursor.again)


def steer(control: Control, cursor: Cursor, genre: Genre, tick: int) -> Control:
    """Return the control as the autopilot would have it at the cursor's bar (unchanged while it is off)."""
    if not control.autopilot or repeats(control, cursor):
        return control
    coming = _chosen(control, cursor)
    if coming is None and cursor.section and cursor.section_bar > 0 and boundary(cursor, genre) is When.section:
        # nobody was asked in time
        coming = arranged(control, cursor) or RuleForm().choose(form_request(control, cursor, genre))
    if coming is not None:
        control = replace(control, section=coming.section)
    entering = control.section != cursor.section or not cursor.section  # else the tension goes on from where it is
    visit = coming or (drawn(genre, control.section) if entering else running(cursor, genre))
    done = 0 if entering or coming else cursor.section_bar % visit.bars
    if visit.curve:
        here = visit.curve[done : done + 2]
        return replace(control, tension=Ramp(here[0], here[1], tick, tick + TICKS_PER_BAR))
    end_tick = tick + (visit.bars - done) * TICKS_PER_BAR
    if entering or control.tension.tick1 != end_tick:
        start = visit.tension[0] if entering else control.tension.at(tick)
        control = replace(control, tension=Ramp(start, visit.tension[1], tick, end_tick))
    return control


def _chosen(control: Control, cursor: Cursor) -> Visit | None:
    """Return what was chosen to begin with the cursor's bar, if that still counts."""
    if not control.autopilot:
        return None
    if not cursor.section:
        return arranged(control, cursor)
    return cursor.coming if control.genre == cursor.genre else None


def arranged(control: Control, cursor: Cursor) -> Visit | None:
    """Return what the arrangement has next after the cursor's section, None where it is over."""
    sections = len(control.arrangement)
    if cursor.visit < sections:
        return control.arrangement[cursor.visit]
    return control.arrangement[cursor.visit % sections] if sections and control.after == "again" else None


def round_of(control: Control, cursor: Cursor) -> int:
    """Return in which piece the cursor stands, from 0: an arrangement is one, else so many sections in a row."""
    return max(0, cursor.visit - 1) // (len(control.arrangement) or THEME_VISITS)


def bars_left(control: Control, cursor: Cursor, genre: Genre) -> int | None:
    """Return how many bars the music still has, the cursor's included; None = its end is not in sight.

    It ends with its arrangement where nothing shall come after that, unless a performer has taken the section over.
    """
    sections = control.arrangement
    if control.after != "end" or not control.autopilot or not 1 <= cursor.visit <= len(sections):
        return None
    bars = running(cursor, genre).bars
    return bars - cursor.section_bar % bars + sum(visit.bars for visit in sections[cursor.visit :])


def needs_form(control: Control, cursor: Cursor, genre: Genre) -> bool:
    """Whether the form expert must choose before this bar is planned: the last of its section, under the autopilot."""
    return control.autopilot and (cursor.section_bar + 1) % running(cursor, genre).bars == 0


def form_request(control: Control, cursor: Cursor, genre: Genre) -> FormRequest:
    """Return the question what follows the cursor's section: the same for the same seed and place."""
    past = (*cursor.form, replace(running(cursor, genre), bars=cursor.section_bar + 1, curve=()))
    return ask(genre, past, total=None, seed=mix(control.seed, "section", cursor.visit))


def enter(control: Control, cursor: Cursor, genre: Genre) -> Cursor:
    """Return the cursor after what begins with its bar: a new section (or the same once more), new chords."""
    chosen = _chosen(control, cursor)
    coming = chosen if chosen and chosen.section == control.section else None
    if coming or control.section != cursor.section or control.genre != cursor.genre:
        ended = replace(running(cursor, genre), bars=max(1, cursor.section_bar), curve=())  # as long as it really was
        form = (*cursor.form, ended) if cursor.section and cursor.genre == control.genre else ()
        cursor = replace(
            cursor, genre=control.genre, section=control.section, section_bar=0, visit=cursor.visit + 1,
            form=form[-FORM_VISITS:], wished=coming,
        )  # fmt: skip
    cursor = replace(cursor, coming=None)
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
    return replace(moved, section_bar=max(0, moved.section_bar), loop_bar=max(0, moved.loop_bar), coming=None)


def needs_harmony(control: Control, cursor: Cursor, left: int | None = None) -> bool:
    """Whether the harmony expert must choose before this bar can be planned; the last one is the tonic's."""
    if not isinstance(control.harmony, Auto) or left == 1:
        return False
    spent = not 0 <= cursor.loop_bar - cursor.chosen_at < len(cursor.chosen)
    return spent or control.key != cursor.chosen_key


def chords_of(control: Control, cursor: Cursor, ahead: int = 0, left: int | None = None) -> BarChords:
    """Return the chords of the cursor's bar, or of `ahead` bars later as far as that is known.

    left: bars that the music still has; the last one comes home, unless its chords are told.
    """
    harmony = control.harmony
    if control.by_hand is not None:
        return (in_key(control.by_hand, control.key),)
    if isinstance(harmony, Fixed):
        return (in_key(harmony.symbol, control.key),)
    if isinstance(harmony, Loop):
        bar = harmony.bars[(cursor.loop_bar + ahead) % len(harmony.bars)]
        return tuple(in_key(symbol, control.key) for symbol in bar)
    if left is not None and left <= ahead + 1:
        return (home(control.key),)
    place = cursor.loop_bar - cursor.chosen_at + ahead
    return cursor.chosen[place % len(cursor.chosen)]
