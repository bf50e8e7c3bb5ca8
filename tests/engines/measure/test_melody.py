import pytest

from engines.measure.line import line_of
from engines.measure.melody import features, summary
from tests.engines.measure.making import rows, scale


def test_every_feature_is_the_measure_of_its_name() -> None:
    found = features(scale(2), rows("C", "C"))
    assert found["chord_tones_onsets"] == 0.5
    assert found["notes_per_bar"] == 8
    assert found["scale_consistency"] == found["onset_f1"] == found["groove_similarity"] == 1
    assert set(found) - set(features(scale(2))) == {
        "chord_tones_onsets", "chord_tones_strong", "chord_tones_frames", "ctnctr", "consonance", "chord_distance",
    }  # fmt: skip


def test_few_notes_are_not_judged() -> None:
    assert features(line_of([(n, 1, 60) for n in range(7)], 1)) == {}
    assert features(line_of([(n, 1, 60) for n in range(8)], 1)) != {}


def test_summary() -> None:
    found = summary([{"x": float(n)} for n in range(11)] + [{"y": 1.0}])
    assert found["x"] == pytest.approx((5, 1, 9))
    assert found["y"] == (1, 1, 1)
