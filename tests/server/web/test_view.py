from hypothesis import given
from hypothesis import strategies as st

from engines.conductor import Cursor
from engines.control.command import Command, Lexicon, parse
from engines.control.desk import Desk
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.units import TICKS_PER_BAR
from server.web.view import names, triads, wishes
from tests.engines.band import GENRES, control

GENRE = GENRES["uplifting"]
LEXICON = Lexicon(sections=tuple(GENRE.sections), genres=tuple(GENRES))


@given(st.builds(Key, st.integers(0, 11), st.sampled_from(tuple(MODES))))
def test_the_chords_of_a_key_are_triads_of_its_tones_and_can_be_said(key):
    chords = [Chord.parse(name) for name in triads(key)]
    assert all(set(chord.pitch_classes) <= key.pitch_classes and len(chord.pitch_classes) == 3 for chord in chords)
    if key.mode in ("major", "minor", "dorian", "mixolydian", "harmonic_minor"):
        assert [chord.root for chord in chords] == list(key.scale)


def test_names_are_the_lexicon_s():
    told = names(LEXICON, Key.parse("C"))
    assert (told.sections, told.genres, told.key_chords[0]) == (LEXICON.sections, LEXICON.genres, "C")


def pending(*said, cursor, tick=0.0):
    desk = Desk(control(section="drop"))
    for address, *args in said:
        command = parse(address, args, LEXICON)
        assert isinstance(command, Command), command
        desk.receive(command)
    return wishes(desk.pending, desk.control, cursor, GENRE, tick)


def test_a_wish_takes_effect_with_the_next_bar_phrase_or_section():
    at = Cursor(bar=11, genre="uplifting", section="drop", section_bar=3)
    told = pending(("/density", 0.9), ("/key", "C"), ("/genre", "house"), cursor=at)
    phrase = 11 + (-3 % GENRE.phrase_bars)
    section = 11 + GENRE.sections["drop"].bars - 3
    assert [(wish.path, wish.args, wish.tick) for wish in told] == [
        ("density", (0.9,), 11 * TICKS_PER_BAR),
        ("key", ("C",), phrase * TICKS_PER_BAR),
        ("genre", ("house",), section * TICKS_PER_BAR),
    ]


def test_with_a_new_section_everything_comes_and_the_same_section_is_none():
    at = Cursor(bar=11, genre="uplifting", section="drop", section_bar=3)
    told = pending(("/genre", "house"), ("/section", "intro"), cursor=at)
    assert [wish.tick for wish in told] == [11 * TICKS_PER_BAR] * 2
    told = pending(("/genre", "house"), ("/section", "drop"), cursor=at)
    assert told[0].tick > 11 * TICKS_PER_BAR


def test_what_is_not_known_is_not_said():
    told = pending(("/density", 0.9), ("/tension", 0.9, "beat"), cursor=None, tick=500.0)
    assert [wish.tick for wish in told] == [None, 960]


def test_chords_are_told_as_they_will_stand():
    at = Cursor(bar=1, genre="uplifting", section="drop", section_bar=1)
    told = pending(("/chords", "Am F", "C"), ("/again",), cursor=at)
    assert [(wish.path, wish.args) for wish in told] == [("chords", ("Am F C",)), ("again", ())]
