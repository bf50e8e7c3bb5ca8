"""The view: what the house knows, in the words of the page."""

from collections.abc import Mapping, Sequence

from engines import conductor
from engines.composer import cut, sounding
from engines.conductor import Cursor
from engines.control.command import Command, Lexicon
from engines.control.fold import apply, read, restore
from engines.control.past import Pending, Restore
from engines.control.state import Control
from engines.control.tree import STATE_PATHS, When
from engines.genre import Genre
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from server.band import Played
from server.web.messages import Bar, Chair, Names, Plan, Wish

LOOK_AHEAD_BARS = 128
"""How far a phrase or section is looked for: the longest section of a genre, and more."""


def bar(played: Played, upcoming: str | None, start: int, hush: tuple[str, ...], tempo: float) -> Bar:
    """Return a bar that was written from tick `start` in it on; tempo: at its line, beats per minute."""
    plan = played.composed.plan
    return Bar(
        bar=plan.index,
        tick=plan.index * TICKS_PER_BAR,
        start=cut(start),
        hush=hush,
        notes={
            voice: tuple((n.onset, n.duration, n.pitch, n.velocity) for n in notes)
            for voice, notes in sounding(played.composed, start).items()
        },
        plan=Plan(
            section=plan.section,
            section_bar=plan.section_bar,
            section_bars=plan.section_bars,
            upcoming=upcoming or plan.upcoming,
            tension=tuple(round(value, 4) for value in plan.tension),
            energy=plan.energy,
            key=plan.key.name,
            chords=tuple(chord.name for chord in plan.chords),
            next_chord=plan.next_chord.name,
            tempo=round(tempo, 3),
        ),
        players={
            chair: Chair(player.expert, player.version, round(player.ms, 2), player.reason)
            for chair, player in played.players.items()
        },
        ms=round(played.ms, 2),
    )


def names(lexicon: Lexicon, key: Key) -> Names:
    """Return what may be asked for, and the triads of the key."""
    return Names(lexicon.sections, lexicon.genres, lexicon.scenes, lexicon.experts, triads(key))


def triads(key: Key) -> tuple[str, ...]:
    """Return the names of the triads on the tones of a key, from the tonic up; rare modes have fewer than seven."""
    found: list[str] = []
    for at in range(len(key.scale)):
        tones = [key.scale[(at + third) % len(key.scale)] for third in (0, 2, 4)]
        chord = Chord.from_pitches([tone + 12 * octave for octave, tone in enumerate(tones)])
        if chord is not None and set(chord.pitch_classes) == set(tones):
            found.append(chord.name_in(key))
    return tuple(found)


def wishes(
    pending: Sequence[Pending], control: Control, cursor: Cursor | None, genre: Genre, tick: float
) -> tuple[Wish, ...]:
    """Return the pending wishes in order of arrival; an undo or scene becomes one wish per parameter that it changes.

    cursor: where the next bar stands, None = not known; genre: in force; tick: which one sounds now.
    """
    due = _due(pending, cursor, genre, tick)
    found: list[Wish] = []
    for wish in pending:
        if isinstance(wish, Restore):
            after = restore(control, wish.control, wish.fields)
            paths = [path for path in STATE_PATHS if path != "playing" and read(control, path) != read(after, path)]
        else:
            after = apply(control, wish, 0)
            paths = ["chord" if wish.path == "held" else wish.path]
        for path in paths:
            args = read(after, path) if path in STATE_PATHS else ()
            found.append(Wish(path, args, wish.when.name, due[wish.when]))
    return tuple(found)


def _due(pending: Sequence[Pending], cursor: Cursor | None, genre: Genre, tick: float) -> Mapping[When, int | None]:
    """Return when a wish of each grain takes effect, as things stand."""
    due: dict[When, int | None] = dict.fromkeys(When)
    due[When.now] = int(tick)
    due[When.beat] = int(-(-tick // TICKS_PER_BEAT) * TICKS_PER_BEAT)
    if cursor is None:
        return due
    sections = [w for w in pending if isinstance(w, Command) and w.path == "section" and w.args != (cursor.section,)]
    for at in range(LOOK_AHEAD_BARS):
        here = conductor.advance(cursor, at)
        grain = conductor.boundary(here, genre)
        if any(wish.when <= grain for wish in sections):
            grain = When.section  # another section begins with this bar
        for when in (When.bar, When.phrase, When.section):
            if due[when] is None and when <= grain:
                due[when] = here.bar * TICKS_PER_BAR
        if due[When.section] is not None:
            break
    return due
