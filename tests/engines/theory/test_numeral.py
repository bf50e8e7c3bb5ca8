import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Loop, Numeral, chords_per_beat, loop_text, of, parse_loop, parse_symbol
from engines.theory.pitch import TheoryError
from tests.engines.theory.strategies import chords, keys, qualities

NUMERALS = st.builds(Numeral, st.integers(1, 7), st.integers(-2, 2), qualities)
APPLIED = st.builds(
    Numeral,
    st.integers(1, 7),
    st.integers(-1, 1),
    st.sampled_from(["maj", "min", "7", "dim7", "m7b5"]),
    bass=st.none() | st.tuples(st.integers(-2, 2), st.integers(1, 7)),
    applied=NUMERALS,
)
SYMBOLS = st.one_of(chords, NUMERALS, APPLIED)


def in_key(text: str, key: str) -> str:
    return Numeral.parse(text).chord(Key.parse(key)).name_in(Key.parse(key))


@pytest.mark.parametrize(
    ("numerals", "key", "expected"),
    [
        ("i VI III VII", "Am", "Am F C G"), ("i iv v V V7", "Am", "Am Dm Em E E7"), ("i bVI bIII bVII", "Am", "Am F C G"),
        ("iio viio viio7 bviio VII7", "Am", "Bdim G#dim G#dim7 Gdim G7"), ("iiø7 V7 i", "Am", "Bm7b5 E7 Am"),
        ("I V vi IV", "C", "C G Am F"), ("ii7 V7 Imaj7", "C", "Dm7 G7 Cmaj7"), ("bVII bVI bIII iv", "C", "Bb Ab Eb Fm"),
        ("bVII7 bII #ivo7", "C", "Bb7 Db F#dim7"), ("V/V V7/V V7/ii viio7/V", "C", "D D7 A7 F#dim7"),
        ("V7/iv V7/VI viio7/V", "Am", "A7 C7 D#dim7"), ("I6 I64 V65 V43 V42", "C", "C/E C/G G7/B G7/D G7/F"),
        ("ii65 viiø65 viio42 i6", "C", "Dm7/F Bm7b5/D Bdim7/Ab Cm/Eb"), ("I/5 IV/1 V/7 i/b3", "C", "C/G F/C G/B Cm/Eb"),
        ("V65/V V7/2/V", "C", "D7/F# D7/A"), ("Iadd6 I69 Isus4 Vsus4 V7sus4 Iadd9 I5", "C", "C6 C6/9 Csus4 Gsus4 G7sus4 Cadd9 C5"),
        ("iadd6 imaj7 i9 iv11 i7", "Am", "Am6 AmMaj7 Am9 Dm11 Am7"), ("I+ V+7 viio vii°7 viiø7", "C", "Caug G7#5 Bdim Bdim7 Bm7b5"),
        ("♭VII ♯IV", "C", "Bb F#"), ("i VI III VII", "F#m", "F#m D A E"), ("i VI VII V", "A harmonic minor", "Am F G E"),
        ("i IV bVII VII", "D dorian", "Dm G C C"), ("i II bII", "E phrygian", "Em F F"), ("im7 IVM7", "C", "Cm7 Fmaj7"),
    ],
)  # fmt: skip
def test_numerals_in_a_key(numerals: str, key: str, expected: str) -> None:
    assert " ".join(in_key(each, key) for each in numerals.split()) == expected


@given(NUMERALS | APPLIED)
def test_names_parse_back(numeral: Numeral) -> None:
    assume(len(numeral.name) <= 32)
    assert Numeral.parse(numeral.name) == numeral


@given(chords, keys)
def test_of_is_exact_for_every_chord_and_key(chord: Chord, key: Key) -> None:
    numeral = of(chord, key)
    assert numeral.chord(key) == chord
    assert Numeral.parse(numeral.name) == numeral


@pytest.mark.parametrize(
    ("chord", "key", "name"),
    [
        ("Am", "Am", "i"), ("F", "Am", "VI"), ("G", "Am", "VII"), ("E7", "Am", "V7"), ("G#dim7", "Am", "viio7"), ("Bb", "Am", "bII"),
        ("Bb", "C", "bVII"), ("Fm", "C", "iv"), ("Ab", "C", "bVI"), ("F#dim7", "C", "#ivo7"), ("C/E", "C", "I6"),
        ("G7/F", "C", "V42"), ("Am/D", "Am", "i/4"), ("C6", "C", "Iadd6"), ("F#m", "Am", "#vi"), ("Bm7b5/D", "Am", "iiø65"),
    ],
)  # fmt: skip
def test_of_names_as_musicians_do(chord: str, key: str, name: str) -> None:
    assert of(Chord.parse(chord), Key.parse(key)).name == name


@given(chords, keys, st.integers(0, 11))
def test_numerals_transpose_with_the_key(chord: Chord, key: Key, by: int) -> None:
    moved = of(chord, key).chord(Key((key.tonic + by) % 12, key.mode))
    assert moved == Chord((chord.root + by) % 12, chord.quality, (chord.bass + by) % 12)


@pytest.mark.parametrize(
    ("text", "says"),
    [("VIII", 'nearest: "VII"'), ("IIII", 'nearest: "III"'), ("bVIIx", 'nearest: "bVII"'), ("iV", "no numeral"), ("V/", "empty"),
     ("V/X", "no numeral"), ("", "empty"), ("I" * 99, "longer"), ("V/8", "no numeral")],
)  # fmt: skip
def test_errors_say_what_was_wrong(text: str, says: str) -> None:
    with pytest.raises(TheoryError) as error:
        Numeral.parse(text)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "values",
    [{"degree": 0}, {"degree": 8}, {"degree": 1, "accidental": 3}, {"degree": 1, "quality": "x"}, {"degree": 1, "inversion": 3},
     {"degree": 1, "quality": "9", "inversion": 1}, {"degree": 1, "inversion": 1, "bass": (0, 5)},
     {"degree": 1, "bass": (0, 8)}, {"degree": 1, "bass": (3, 1)}],
)  # fmt: skip
def test_refuses_impossible_values(values: dict[str, object]) -> None:
    with pytest.raises(TheoryError):
        Numeral(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Am", Chord), ("bVII", Numeral), ("i", Numeral), ("Bb", Chord), ("viio7/V", Numeral), ("D/F#", Chord)],
)
def test_symbols_are_chords_or_numerals(text: str, kind: type) -> None:
    assert isinstance(parse_symbol(text), kind)


@pytest.mark.parametrize(
    ("text", "says"),
    [("Amx", '"Am"'), ("VIx", '"VI"'), ("bVIIx", '"bVII"'), ("am", '"Am"'), ("hello", "no note"), ("7", "no note")],
)
def test_symbol_errors_name_the_likelier_kind(text: str, says: str) -> None:
    with pytest.raises(TheoryError) as error:
        parse_symbol(text)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("texts", "bars"),
    [(["Am F C G"], ["Am", "F", "C", "G"]), (["Am", "F", "C", "G"], ["Am", "F", "C", "G"]), (["Am F|G"], ["Am", "F|G"]),
     (["i VI III VII"], ["i", "VI", "III", "VII"]), (["Am|F|C|G"], ["Am|F|C|G"]), (["Am", "F|G"], ["Am", "F|G"]),
     ([" Am,  F "], ["Am", "F"])],
)  # fmt: skip
def test_loops(texts: list[str], bars: list[str]) -> None:
    loop = parse_loop(texts)
    assert ["|".join(symbol.name for symbol in bar) for bar in loop] == bars


@given(st.lists(st.lists(SYMBOLS, min_size=1, max_size=4).map(tuple), min_size=1, max_size=64).map(tuple))
def test_loops_round_trip_as_text_and_on_the_wire(loop: Loop) -> None:
    assume(all(len(symbol.name) <= 32 for bar in loop for symbol in bar))
    assert parse_loop([loop_text(loop)]) == loop
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(loop), type=Loop) == loop


@pytest.mark.parametrize(
    ("texts", "says"),
    [([], "no chords"), ([" "], "no chords"), (["Am | F"], "without spaces"), (["Am||F"], "without spaces"), (["|Am"], "without spaces"),
     (["Am|F|C|G|D"], "at most 4"), (["Am " * 65], "at most 64"), (["Am", "Hm"], 'no note "H"')],
)  # fmt: skip
def test_loop_errors(texts: list[str], says: str) -> None:
    with pytest.raises(TheoryError) as error:
        parse_loop(texts)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("bar", "beats"), [("Am", "Am Am Am Am"), ("Am|F", "Am Am F F"), ("Am|F|G", "Am Am F G"), ("Am|F|C|G", "Am F C G")]
)
def test_chords_spread_over_beats(bar: str, beats: str) -> None:
    chords_of_bar = [Chord.parse(name) for name in bar.split("|")]
    assert " ".join(chord.name for chord in chords_per_beat(chords_of_bar)) == beats


@pytest.mark.parametrize("count", [0, 5])
def test_too_many_chords_for_a_bar(count: int) -> None:
    with pytest.raises(TheoryError, match=r"1\.\.4"):
        chords_per_beat([Chord(0, "maj", 0)] * count)


def test_a_quality_that_stands_by_itself_belongs_to_the_chord_before() -> None:
    with pytest.raises(TheoryError, match=r'"minor" stands by itself: a chord is one word; nearest: "Am"'):
        parse_loop(["A minor"])
