import json
from functools import partial

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from engines.codec import accompaniment as codec
from engines.codec.accompaniment import FEATURES, FIELDS, MASK, NOW, PAST, VOICES
from engines.codec.lead import PITCHES
from engines.library import Library
from engines.measure.line import line_of, roll_of
from engines.neural.probe import probe_request
from engines.note import Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR
from tests.training.music import make_corpus
from training.__main__ import main
from training.accompaniment import data as data_accompaniment
from training.accompaniment import playing, recipe, report
from training.accompaniment.baseline import Histogram
from training.accompaniment.roles import guess_key, split_piano
from training.accompaniment.windows import Bars, divide, masks, measure

COUNT = len(VOICES)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def songs(data):
    return data_accompaniment.read(data)


@pytest.fixture(scope="module")
def bars(songs):
    return Bars(songs, measure(songs))


def test_a_piano_is_split_into_three_roles():
    low, high, chord = Note(0, 480, 36, 80), Note(480, 480, 72, 80), [Note(960, 480, p, 80) for p in (60, 64, 67)]
    found = split_piano([low, high, *chord, Note(960, 480, 38, 80)], [Note(0, 240, 80, 70)])
    assert found["bass"] == [low, Note(960, 480, 38, 80)]
    assert found["pad"] == chord
    assert found["arp"] == [Note(0, 240, 80, 70), high]


def test_songs_are_read_relative_to_their_key(songs):
    assert len(songs) == 24
    for song in songs:
        assert song.tokens.shape == (24, COUNT, STEPS_PER_BAR)
        assert song.melody.shape == (24, 2, STEPS_PER_BAR)
        assert [chord.root for chord in song.chords[1]] == [9, 9, 9, 9, 5]
        tones = (song.melody[:, 0][song.melody[:, 0] < PITCHES] - 30) % 12
        assert set(tones.tolist()) <= {0, 2, 4, 7, 9}
        assert song.classes.any(-1).all()
        assert (song.tokens[:, 0, 0] < PITCHES).all()


def test_the_key_of_a_song_without_one_is_guessed():
    notes = [Note(n * 480 % TICKS_PER_BAR, 240, 57 + step, 90) for n, step in enumerate((0, 2, 3, 5, 7, 8, 10, 0, 0))]
    assert guess_key({"bass": notes}).name == "Am"


def test_batches_hide_what_they_ask_and_show_the_past(bars):
    batch = bars.batch(np.arange(48), None)
    assert batch.tokens.shape == (48, STEPS_PER_BAR, len(FIELDS))
    assert batch.features.shape == (48, STEPS_PER_BAR, FEATURES)
    asked = batch.weight[..., :COUNT] > 0
    now = batch.tokens[..., NOW]
    assert (now[asked] == MASK).all()
    assert torch.equal(now[~asked], batch.targets[..., :COUNT][~asked])
    assert torch.allclose(batch.weight[..., :COUNT].sum((1, 2)), torch.ones(48))
    onsets = batch.targets[..., :COUNT] < PITCHES
    assert torch.equal(batch.weight[..., COUNT:] > 0, asked & onsets)
    past = batch.tokens[..., PAST]
    assert (past[0] == MASK).all()  # the first bar of a song
    assert torch.equal(past[5][:, :COUNT], batch.targets[4][:, :COUNT])
    assert torch.equal(past[5][:, -COUNT:], batch.targets[1][:, :COUNT])
    again = bars.batch(np.arange(48), None)
    assert torch.equal(again.tokens, batch.tokens)


def test_augmentation_moves_arps_by_octaves_and_drops_what_is_told(bars):
    plain, dice = bars.batch(np.arange(24), None), np.random.default_rng(0)
    moved, deaf, untold = False, False, False
    for _ in range(8):
        batch = bars.batch(np.arange(24), dice)
        arp, was = batch.targets[..., 1], plain.targets[..., 1]
        shift = (arp - was)[was < PITCHES]
        assert set(shift.tolist()) <= {0, 12, -12}
        assert torch.equal(batch.targets[..., 0], plain.targets[..., 0])
        moved |= bool((shift != 0).any())
        deaf |= bool((batch.tokens[5:, :, PAST] == MASK).all((1, 2)).any())
        untold |= bool((batch.features[:, 0, -COUNT - 4 : -COUNT] > 0).any())
    assert moved
    assert deaf
    assert untold


def test_masks_cover_whole_voices_and_parts_and_never_nothing():
    dice = np.random.default_rng(0)
    found = np.stack([masks(dice) for _ in range(400)])
    assert found.any((1, 2)).all()
    shares = found.mean(-1)
    for voice in range(COUNT):
        assert (shares[:, voice] == 1).mean() > 0.25
        assert (shares[:, voice] == 0).mean() > 0.1
        assert ((shares[:, voice] > 0) & (shares[:, voice] < 1)).mean() > 0.2


def test_measured_tension_follows_the_music(songs):
    dice = np.random.default_rng(0)
    levels = [dice.random((len(song.tokens), COUNT, 3)).astype(np.float32) + 0.1 for song in songs]
    made = [msgspec.structs.replace(song, levels=row) for song, row in zip(songs, levels, strict=True)]
    found = np.concatenate(measure(made))
    assert found.min(0).tolist() == [0.0] * (1 + COUNT)
    assert found.max(0).tolist() == [1.0] * (1 + COUNT)
    whole = np.concatenate(levels)
    assert np.corrcoef(found[:, 0], whole.sum((1, 2)))[0, 1] > 0.95
    for voice in range(COUNT):
        assert np.corrcoef(found[:, 1 + voice], whole[:, voice, 0])[0, 1] > 0.95
    made[0].levels[0] = 0  # a silent bar is the calmest
    assert measure(made)[0][0, 0] < 0.02


def test_songs_lie_on_the_side_of_their_melody(songs):
    sides = {song.name: ("test", "valid", "train", "train")[n % 4] for n, song in enumerate(songs)}
    del sides[songs[-1].name]
    found = divide(songs, sides)
    assert {song.name for song in found.test.songs} == {songs[n].name for n in range(0, 24, 4)}
    assert songs[-1].name not in {song.name for side in (found.train, found.valid, found.test) for song in side.songs}


def test_the_loss_counts_masked_cells_only(bars):
    batch = bars.batch(np.arange(6), None)
    logits = torch.zeros(6, STEPS_PER_BAR, sum(codec.HEADS))
    _, plain = recipe.loss(logits, batch, 0.3)
    assert plain["nll"] == pytest.approx(np.log(codec.HEADS[0]), abs=1e-4)
    sure = logits.clone()
    for voice in range(COUNT):
        part = sure[..., voice * codec.HEADS[0] : (voice + 1) * codec.HEADS[0]]
        shown = batch.weight[..., voice] == 0
        part.scatter_(-1, batch.targets[..., voice, None], 20.0 * ~shown[..., None])
    assert recipe.loss(sure, batch, 0.3)[1]["nll"] < 0.01


def test_the_histogram_learns_what_repeats(bars):
    found = Histogram().learn(bars).nats(bars, np.arange(40))
    assert found["nll"] < 1.0
    assert set(found) == {"nll", *(f"nll_{voice}" for voice in VOICES)}


def test_rubs_count_semitones_with_the_lead():
    melody, other = line_of([(0, 4, 64)], 1), roll_of([(0, 2, 53), (2, 2, 52)], 1)
    assert playing.rubs(melody, other) == 0.5
    assert playing.rubs(line_of([], 1), other) is None


def test_train_export_evaluate(data, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PIECES", 2)
    monkeypatch.setattr(report, "ramp", partial(report.ramp, seeds=1, bars=32))
    monkeypatch.setattr(report, "write_ms", partial(report.write_ms, rounds=1))
    runs, models, card = tmp_path / "runs", tmp_path / "models", tmp_path / "card.json"
    folders = ["--data", str(data), "--runs", str(runs)]
    runner = CliRunner()
    for words in (
        ["train", "accompaniment", *folders, "--profile", "smoke"],
        ["export", "accompaniment", *folders, "--models", str(models), "--version", "v1"],
        ["evaluate", "accompaniment", *folders, "--models", str(models), "--json", str(card), "--write"],
    ):
        result = runner.invoke(main, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    figures = json.loads(card.read_text())
    assert {"told_everything.nll", "histogram.nll", "learned.consonant", "rules.consonant", "real.rubs"} <= set(figures)
    assert figures["learned.consonant"] > 0.5
    found = Library(models).card("accompaniment-grid")
    assert found.kind == "accompaniment"
    assert found.metrics["learned.consonant"] == figures["learned.consonant"]
    expert = Library(models).load("accompaniment-grid")
    assert set(expert.write(probe_request(("arp",)))) == {"arp"}
