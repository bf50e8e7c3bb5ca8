import json
import lzma

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from training.__main__ import main
from training.benchmarks import jsb
from training.benchmarks.choir import Choir, ChoirSpec, chances
from training.benchmarks.chorales import CHORDS, OTHER, PARTS, SILENCE, Chorale, chord, frames, room, spread, transposed


def voices(*rows):
    return np.array(rows, np.int64)


@pytest.mark.parametrize(
    ("notes", "name"),
    [
        ((72, 67, 64, 48), 0),  # C major
        ((74, 65, 62, 57), 2 * 4 + 1),  # D minor over A
        ((77, 71, 67, 55), 7 * 4),  # G7 is G major
        ((-1, -1, -1, -1), SILENCE),
        ((61, 60, -1, -1), OTHER),
    ],
)
def test_chords_are_named_by_what_sounds(notes, name):
    assert chord(np.array(notes)) == name


def test_transposing_moves_chords_and_notes_alike():
    whole = frames(voices((72, 67, 64, 48), (-1, -1, -1, -1), (74, 65, 62, 57)))
    again = frames(voices((74, 69, 66, 50), (-1, -1, -1, -1), (76, 67, 64, 59)))
    assert (transposed(whole, 2) == again).all()
    ranges = spread([whole, again])
    assert room(whole, ranges) == (0, 2)
    assert room(again, ranges) == (-2, 0)


def chorale(seed=0, size=40):
    dice = np.random.default_rng(seed)
    return Chorale(frames(np.repeat(dice.integers(60, 70, (size // 4, 4)), 4, axis=0)), seed)


def test_a_part_sees_no_later_part_and_no_later_frame():
    torch.manual_seed(0)
    model = Choir(ChoirSpec(jsb.SIZES, 16, 9, embed=4, layers=1, hidden=8, inner=8, dropout=0.0)).eval()
    piece = chorale()
    before = jsb.likelihoods(model, [piece], 1.0)[0]
    for part in range(1, PARTS):
        other = piece.frames.copy()
        other[20, part] = 1 + other[20, part] % 40
        after = jsb.likelihoods(model, [Chorale(other, 0)], 1.0)[0]
        assert np.allclose(before[:20], after[:20], atol=1e-5)
        assert np.allclose(before[20, :part], after[20, :part], atol=1e-5)
        assert not np.allclose(before[20:], after[20:], atol=1e-5)


def test_without_the_chord_the_notes_do_not_hang_on_its_name():
    torch.manual_seed(0)
    model = Choir(ChoirSpec(jsb.SIZES, 16, 9, embed=4, layers=1, hidden=8, inner=8, dropout=0.0)).eval()
    piece = chorale()
    renamed = piece.frames.copy()
    renamed[-1, 0] = (renamed[-1, 0] + 1) % CHORDS
    for told, same in ((1.0, False), (0.0, True)):
        one, two = (jsb.likelihoods(model, [Chorale(each, 0)], told)[0][-1, 1:] for each in (piece.frames, renamed))
        assert np.allclose(one, two, atol=1e-5) == same


def test_chances_are_chances():
    logits = torch.randn(1, 3, sum(jsb.SIZES) + 2 * PARTS)
    tokens = torch.from_numpy(jsb.columns(chorale(size=16).frames)[None, :3])
    for part, size in zip(chances(logits, tokens, jsb.SIZES), jsb.SIZES, strict=True):
        assert part.shape[-1] == size
        assert torch.allclose(part.exp().sum(-1), torch.ones(1, 3))


def test_the_mean_is_taken_by_chorale():
    assert jsb.by_piece([np.full((1, 4), -1.0), np.full((9, 4), -3.0)]) == pytest.approx(2.0)


def test_from_files_to_figures(tmp_path):
    dice = np.random.default_rng(0)
    sides = {
        side: [np.repeat(dice.integers(60, 70, (9, 4)), 4, axis=0).tolist() for _ in range(count)]
        for side, count in (("train", 6), ("valid", 2), ("test", 3))
    }
    folder = tmp_path / "data" / "jsb_chorales"
    folder.mkdir(parents=True)
    (folder / "Jsb16thSeparated.json.xz").write_bytes(lzma.compress(json.dumps(sides).encode()))
    target = tmp_path / "figures.json"
    wishes = [
        "--data",
        str(folder.parent),
        "--runs",
        str(tmp_path / "runs"),
        "--profile",
        "smoke",
        "--json",
        str(target),
    ]
    done = CliRunner().invoke(main, ["benchmark", "jsb", *wishes], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(target.read_text())
    assert found["benchmark.jsb.clean_pieces"] == 3
    assert found["benchmark.jsb.nll_framewise"] == pytest.approx(
        4 * found["benchmark.jsb.nll_notewise_alone"], rel=1e-3
    )
