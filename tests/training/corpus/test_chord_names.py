import pytest

from training.corpus.chord_names import harte, pitch_class, roman


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("maj", "maj"), ("min7", "min7"), ("7", "7"), ("maj7", "maj7"), ("maj/3", "maj"), ("sus4(b7)", "sus"),
     ("hdim7", "hdim"), ("dim", "dim"), ("o7", "dim"), ("aug", "aug"), ("+", "aug"), ("m", "min"), ("m7", "min7"),
     ("maj6", "add"), ("maj(9)", "add"), ("", "maj"), ("5", "other"), ("9", "7"), ("min(9)", "min7")],
)  # fmt: skip
def test_written_qualities(name, wanted):
    assert harte(name) == wanted


@pytest.mark.parametrize(("name", "wanted"), [("C", 0), ("F#", 6), ("B-", 10), ("Bb", 10), ("Cb", 11), ("E--", 2)])
def test_spelt_pitches(name, wanted):
    assert pitch_class(name) == wanted


@pytest.mark.parametrize(
    ("name", "minor", "wanted"),
    [("V", False, (7, "maj")), ("ii7", False, (2, "min7")), ("V7", False, (7, "7")), ("bVIIM", False, (10, "maj")),
     ("im", False, (0, "min")), ("i", True, (9, "min")), ("VII", True, (7, "maj")), ("Isus2", False, (0, "sus")),
     ("vii", False, (11, "dim")), ("IVadd9", False, (5, "add")), ("Idom7", False, (0, "7")), ("vdim", True, (4, "dim"))],
)  # fmt: skip
def test_numerals(name, minor, wanted):
    assert roman(name, minor=minor) == wanted


def test_what_is_no_numeral_is_refused():
    with pytest.raises(ValueError, match="X"):
        roman("X", minor=False)
