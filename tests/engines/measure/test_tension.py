import numpy as np
import pytest

from engines.measure.rank import spearman
from engines.measure.tension import COMPONENTS, Part, Sounded, components, realised
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.theory.key import Key

KEY = Key.parse("C")
C = (Chord.parse("C"),) * 4


def bar(count: int, pitch: int, velocity: int, voice: str = "lead") -> Sounded:
    notes = [Note(n * 120, 100, pitch, velocity) for n in range(count)]
    return Sounded({voice: Bar.of(notes)}, C)


def test_components_by_hand() -> None:
    raw = components([bar(4, 60, 80), bar(2, 61, 100)], KEY)
    named = dict(zip(COMPONENTS, raw.T, strict=True))
    assert named["density"].tolist() == [4, 2]
    assert named["register"].tolist() == [60, 61]
    assert named["velocity"].tolist() == [80, 100]
    assert named["dissonance"].tolist() == [0, 1]
    assert named["momentum"][0] == 0 < named["momentum"][1]
    assert named["diameter"].tolist() == [0, 0]
    assert named["strain"][1] > named["strain"][0]


def test_drums_have_no_pitch() -> None:
    raw = components([bar(4, 36, 90, "drums")], KEY)[0]
    assert dict(zip(COMPONENTS, raw, strict=True)) == dict.fromkeys(COMPONENTS, 0.0) | {"density": 4, "velocity": 90}


def test_a_chord_is_one_stroke_and_drums_struck_together_are_several() -> None:
    notes = Bar.of([Note(tick, 100, pitch, 80) for tick in (0, 960) for pitch in (60, 64, 67)])
    raw = components([Sounded({voice: notes}, C) for voice in ("pad", "drums")], KEY)
    assert raw[:, COMPONENTS.index("density")].tolist() == [2, 6]


def test_only_what_has_weight_counts_and_scales_end() -> None:
    heard = [bar(n, 60, 90) for n in (0, 4, 8, 16)]
    parts = {"density": Part(2.0, 4, 8)}
    assert realised(heard, KEY, parts).tolist() == [0, 0, 1, 1]


def test_louder_higher_busier_is_tenser() -> None:
    parts = {"density": Part(1, 0, 16), "register": Part(1, 40, 90), "velocity": Part(1, 1, 127)}
    heard = [bar(n, 55 + n, 60 + 3 * n) for n in range(1, 13)]
    assert spearman(range(12), realised(heard, KEY, parts)) == pytest.approx(1)
    assert np.all((realised(heard, KEY, parts) >= 0) & (realised(heard, KEY, parts) <= 1))
