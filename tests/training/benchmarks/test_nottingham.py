import io
import json
import math

import mido
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from tests.training.beats import pack
from training.__main__ import main
from training.benchmarks import nottingham
from training.benchmarks.recall import Library
from training.benchmarks.steps import COPIES, FEATURES, StepWindows, steps
from training.benchmarks.tunes import HOLD, REST, Melody, read, split


def midi(notes, key="G", metre=(4, 4)):
    """Notes (onset, length, pitch) in quarter notes."""
    rows = sorted([(o, 1, p) for o, _, p in notes] + [(o + d, 0, p) for o, d, p in notes])
    track, now = mido.MidiTrack(), 0.0
    track.append(mido.MetaMessage("key_signature", key=key))
    track.append(mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1]))
    for at, on, pitch in rows:
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=90 * on, time=round((at - now) * 480)))
        now = at
    stream = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    dice, files = np.random.default_rng(0), {}
    for number in range(100):
        phrase = [(beat, 1, int(67 + dice.choice([0, 2, 4, 5, 7, 9, 11]))) for beat in range(8)]
        files[f"MIDI/melody/t{number:03}.mid"] = midi(phrase + [(o + 8, d, p) for o, d, p in phrase])
        files[f"MIDI/chords/t{number:03}.mid"] = midi([(0, 4, 43), (0, 4, 47), (4, 4, 50)])
    files["MIDI/melody/waltz.mid"] = midi([(0, 1, 60)], metre=(3, 4))
    pack(folder / "nottingham_gpl" / "nottingham_abc_and_midi.tar.xz", files)
    return folder


def test_the_split_is_sixty_tunes_in_four_four_and_always_the_same(data):
    sides = read(data)
    assert (len(sides.test), len(sides.valid), len(sides.train)) == (60, 30, 10)
    assert [tune.name for tune in sides.test] == [tune.name for tune in read(data).test]
    assert all(tune.name != "waltz.mid" for tune in sides.test + sides.valid + sides.train)


def test_tokens_hold_rest_and_pitches_above_the_relative_major():
    major = [("a", 7, [(0, 4, 67), (8, 2, 71)], [(0, 8, 43)]), ("b", 7, [(0, 4, 67), (8, 2, 71)], [])]
    sides = split(major)
    tune = sides.test[0]
    assert tune.tokens.tolist() == [2, HOLD, HOLD, HOLD, REST, HOLD, HOLD, HOLD, 3, HOLD]
    assert sides.vocabulary == 4
    told = next(t for t in sides.test if t.name == "a")
    assert told.chords[0, 0] == told.chords[0, 12] == 1
    assert told.chords[7, 0] == 1 > told.chords[7, 12] == 0
    assert told.chords[8].sum() == 0


def test_the_minor_key_counts_from_its_relative_major(data, tmp_path):
    pack(
        tmp_path / "nottingham_gpl" / "nottingham_abc_and_midi.tar.xz",
        {"MIDI/melody/x.mid": midi([(0, 1, 67)], key="Em"), "MIDI/melody/y.mid": midi([(0, 1, 67)], key="G")},
    )
    one, two = read(tmp_path).test
    assert one.tokens.tolist() == two.tokens.tolist()


def melody(tokens):
    return Melody("m", np.array(tokens, np.int64), np.zeros((len(tokens), 13), np.float32), 0)


def test_a_step_sees_nothing_of_itself_or_later():
    dice = np.random.default_rng(2)
    tokens = dice.integers(0, 6, 100)
    library = Library([dice.integers(0, 6, 100)])
    for cut in (1, 17, 50, 99):
        other = tokens.copy()
        other[cut:] = dice.integers(0, 6, 100 - cut)
        one, two = (steps(melody(each), 6, library, inside=False) for each in (tokens, other))
        assert (one.tokens[: cut + 1] == two.tokens[: cut + 1]).all()
        assert np.allclose(one.features[: cut + 1], two.features[: cut + 1])


def test_chords_are_hidden_unless_told():
    tune = steps(melody([2, 0, 0, 3] * 8), 6, Library([]), inside=False)
    assert tune.features.shape[1] == FEATURES
    told, hidden = (StepWindows([tune], 0, share).batch(np.array([0]), None).features for share in (1.0, 0.0))
    assert (told[..., -1] == 1).all()
    assert (hidden[..., -14:] == 0).all()


def test_a_trusted_copy_is_what_is_predicted():
    tokens = torch.zeros(1, 1, 20, dtype=torch.long)
    tokens[..., nottingham.FIRST_COPY] = 3
    tokens[..., nottingham.FIRST_COPY + 1 : nottingham.FIRST_COPY + COPIES] = 6  # none
    logits = torch.zeros(1, 1, 6 + COPIES)
    logits[..., 6] = 20.0
    assert nottingham.lift(logits, tokens, 6)[0, 0, 3].exp() == pytest.approx(1, abs=1e-4)
    logits[..., 6], logits[..., 7] = 0.0, 20.0
    assert nottingham.lift(logits, tokens, 6)[0, 0, 3].exp() == pytest.approx(1 / 6), "none is copied nowhere"


def test_from_files_to_figures(data, tmp_path):
    target = tmp_path / "figures.json"
    wishes = ["--data", str(data), "--runs", str(tmp_path / "runs"), "--profile", "smoke", "--json", str(target)]
    done = CliRunner().invoke(main, ["benchmark", "nottingham", *wishes], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(target.read_text())
    assert {f"{nottingham.NAME}.{name}" for name in ("nll", "nll_chords", "ngram5", "nll_clean", "nll_opening")} <= set(
        found
    )
    assert found["benchmark.nottingham.ngram5_cache"] < found["benchmark.nottingham.ngram5"], "the tunes repeat"
    assert all(math.isfinite(value) for name, value in found.items() if "clean" not in name)
