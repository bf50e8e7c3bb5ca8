import msgspec
import numpy as np
import pytest

from engines.studio.arguments import Arguments, as_given
from engines.studio.log import read
from tests.engines.studio.pieces import engine, names, written


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"tension_curve": np.linspace(0, 1, 3)}, (0.0, 0.5, 1.0)),
        ({"tension_curve": range(2)}, (0, 1)),
        ({"chord_progression": np.array(["Am", "F"])}, ("Am", "F")),
        ({"bpm": np.float32(140)}, 140.0),
        ({"seed": np.int64(3)}, 3),
        ({"seed": 7.0}, 7),
        ({"structure": [{"section": "drop", "bars": np.int64(2)}]}, ({"section": "drop", "bars": 2},)),
        ({"key": b"Am"}, b"Am"),
        ({"seed": float("inf")}, float("inf")),
    ],
)
def test_arguments_are_kept_as_plain_values(given, kept):
    (name,) = given
    value = getattr(as_given(given), name)
    assert (value, type(value)) == (kept, type(kept))


def test_whoever_changes_a_structure_afterwards_changes_no_piece():
    structure = [{"section": "drop", "bars": 2}]
    arguments = as_given({"structure": structure})
    structure[0]["bars"] = 99
    assert arguments == Arguments(structure=({"section": "drop", "bars": 2},))
    assert msgspec.json.decode(msgspec.json.encode(arguments), type=Arguments) == arguments


def test_a_piece_of_arrays_and_whole_floats_is_made_again_from_its_log(tmp_path):
    curve = np.linspace(0, 1, 5, dtype=np.float32)
    piece = written(tension_curve=curve, seed=7.0, bpm=np.float64(131.5), variation_level=np.float32(0.25))
    assert engine().again(read(piece.save_log(tmp_path / "log.jsonl")))[1] == []
    assert names(tmp_path) == ["log.jsonl"]
