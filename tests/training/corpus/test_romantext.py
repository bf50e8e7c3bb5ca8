import music21
import pytest

from engines.theory.key import Key
from training.corpus.chord_names import numeral_of
from training.corpus.romantext import read


def told(text: str) -> list[tuple[int, str, str]]:
    return [
        (each.tick, each.key.name if each.key else "", each.numeral.name if each.numeral else "")
        for each in read(text).said
    ]


def test_bars_beats_and_keys() -> None:
    found = told("Time Signature: 4/4\nm1 C: I b3 V7\nm2 a: i b2.5 V65/V\n")
    assert found == [(0, "C", "I"), (960, "C", "V7"), (1920, "Am", "i"), (2640, "Am", "V65/V")]


METRES = ["4/4", "2/4", "3/4", "5/4", "6/4", "9/4", "2/2", "3/2", "3/8", "4/8", "6/8", "9/8", "12/8", "4/16", "7/8"]


@pytest.mark.parametrize("metre", [*METRES, "slow 3/8", "fast 3/8", "slow 6/8", "fast 6/8", "Slow 3/8", "C", "Cut"])
def test_beats_lie_where_music21_counts_them(metre: str) -> None:
    """The reference implementation of RomanText, for every metre of When in Rome and some more."""
    written = music21.meter.TimeSignature(metre.lower())
    for place in ("1.5", "1.33", "1.66", "1.67", "1.25", "1.66.5", f"{written.beatCount}.5"):
        offset = music21.romanText.rtObjects.RTBeat(f"b{place}").getOffset(written)
        bar = f"Time Signature: {metre}\nm1 C: I b{place} V\nm2 I\n"
        assert [tick for tick, *_ in told(bar)] == [0, offset * 480, written.barDuration.quarterLength * 480]


def test_beats_of_six_eight_are_dotted_and_of_two_two_halves() -> None:
    assert [tick for tick, *_ in told("Time Signature: 6/8\nm1 C: I b1.67 V b2 I\n")] == [0, 480, 720]
    assert [tick for tick, *_ in told("Time Signature: 2/2\nm1 C: I b2 V\n")] == [0, 960]


def test_copies_carry_their_key_and_give_it_back() -> None:
    found = told("m1 C: I\nm2 G: V\nm3 = m1\nm4 I\n")
    assert found == [(0, "C", "I"), (1920, "G", "V"), (3840, "C", "I"), (5760, "G", "I")]


def test_a_pickup_lies_before_the_start_and_bars_left_out_hold_the_chord() -> None:
    found = read("m0 b4 C: V\nm1 I\nm4 V\n")
    assert [(each.tick, each.end) for each in found.said] == [(-480, 0), (0, 5760), (5760, 7680)]


def test_a_metre_that_changes() -> None:
    found = read("Time Signature: 3/4\nm1 C: I\nTime Signature: 2/4\nm2 V\nm3 I\n")
    assert [each.tick for each in found.said] == [0, 1440, 2400]
    assert [(m.tick, m.beats) for m in found.metres] == [(0, 3), (1440, 2)]


def test_variants_remarks_and_words_that_name_no_chord_are_passed_over() -> None:
    assert told("Composer: X\nNote: m1 nothing\nm1 C: I || \nm1var1 vi\nm2 NC ??\n") == [(0, "C", "I")]


@pytest.mark.parametrize(
    ("word", "chord"),
    [
        ("Cad64", "C/G"),
        ("Ger65", "Ab7"),
        ("It6", "Ab7"),
        ("N6", "Db/F"),
        ("V2", "G7/F"),
        ("viio7/V", "F#dim7"),
        ("V7[no5]", "G7"),
        ("iiø65", "Dm7b5/F"),
        ("V+", "Gaug"),
    ],
)
def test_words_of_analysts(word: str, chord: str) -> None:
    numeral = numeral_of(word)
    assert numeral is not None
    assert numeral.chord(Key(0, "major")).name.split("/")[0] == chord.split("/")[0]


def test_no_numeral() -> None:
    assert numeral_of("NC") is None
    assert numeral_of("||") is None
