import numpy as np
import pytest

from engines.analysis.settings import settings
from engines.analysis.tonality import likeness
from engines.analysis.words import KEYS
from tests.engines.analysis.making import blocks, line, track

USING = settings().decoding.profiles


@pytest.mark.parametrize(
    ("names", "key"), [("C F G C", "C"), ("Am Dm E Am", "Am"), ("Eb Ab Bb Eb", "Eb"), ("F#m Bm C# F#m", "F#m")]
)
def test_plain_cadences_are_most_like_their_key(names: str, key: str) -> None:
    found = likeness(track(blocks(names.split(), 480)).notes, USING)
    assert KEYS[int(found.argmax())].name == key
    assert (np.abs(found) <= 1).all()


def test_it_turns_with_the_music() -> None:
    pitches = [60, 62, 63, 67, 68, 71]
    here, there = (likeness(track(line([pitch + by for pitch in pitches])).notes, USING) for by in (0, 5))
    assert np.roll(here.reshape(2, 12), 5, axis=1).ravel() == pytest.approx(there)


def test_silence_and_all_twelve_are_like_no_key() -> None:
    assert likeness(np.zeros((0, 4), np.int64), USING).tolist() == [0.0] * 24
    assert likeness(track(line(list(range(60, 72)))).notes, USING).tolist() == [0.0] * 24
