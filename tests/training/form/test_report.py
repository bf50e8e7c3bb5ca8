import numpy as np
import pytest

from engines.codec import form as codec
from training.form.data import Song
from training.form.report import best_ngram, figures, gain, length_contexts, network, ngram
from training.form.windows import FormWindows, targets

GROOVE, DROP = 5, 3
SONG = [(GROOVE, 1), (DROP, 1), (GROOVE, 1), (DROP, 3), (codec.END, 0)]
OTHER = [(GROOVE, 3), (DROP, 1), (GROOVE, 3), (codec.END, 0)]


def test_what_was_learned_costs_less_than_what_was_not():
    (known,), (strange,) = (ngram([SONG] * 20, [song], (3, 2), 0) for song in (SONG, [(0, 9), (2, 9), (codec.END, 0)]))
    assert figures([known])["nll"] < 0.3
    assert figures([strange])["nll"] > 3


def test_the_end_has_no_length():
    (nats,) = ngram([SONG], [SONG], (3, 2), 0)
    assert nats.shape == (5, 2)
    assert nats[-1, 1] == 0
    assert (nats[:-1] > 0).all()


def test_a_cache_learns_from_the_running_song():
    repeated = [(GROOVE, 7), (DROP, 7)] * 4 + [(codec.END, 0)]
    (plain,), (cached,) = (ngram([OTHER] * 5, [repeated], (3, 2), cache) for cache in (0, 8))
    assert cached.sum() < plain.sum()


def test_the_best_is_the_least_on_the_test_songs_themselves():
    name, nats = best_ngram([SONG] * 5, [OTHER])
    assert name.startswith("ngram")
    assert figures(nats)["nll"] <= figures(ngram([SONG] * 5, [OTHER], (3, 1), 0))["nll"]


def test_lengths_hang_on_the_function_and_on_its_last_length():
    assert length_contexts([(GROOVE, 3), (DROP, 1)], GROOVE, 2) == [(GROOVE,), (GROOVE, 3)]


def test_the_networks_nats_are_of_the_true_function_and_of_its_own_lengths():
    logits = np.zeros((1, 5, sum(codec.HEADS)), np.float32)
    flat = network(logits, [SONG])[0]
    assert flat[0].tolist() == pytest.approx(
        [np.log(len(codec.LENGTHS) and codec.HEADS[0]), np.log(len(codec.LENGTHS))]
    )
    logits[0, 0, codec.HEADS[0] + GROOVE * len(codec.LENGTHS) + 1] = 30
    assert network(logits, [SONG])[0][0, 1] == pytest.approx(0, abs=1e-6)


def test_the_gain_is_positive_where_the_other_is_worse():
    good, bad = ngram([SONG] * 20, [SONG] * 3, (3, 2), 0), ngram([OTHER], [SONG] * 3, (3, 2), 0)
    mean, low, high = gain(good, bad)
    assert 0 < low <= mean <= high


def test_windows_end_with_the_end_and_tell_the_length_only_to_some():
    song = Song("s", tuple(codec.Block(function, 2) for function in (0, GROOVE, DROP)))
    windows = FormWindows([song], blind=0.5)
    plain = windows.batch(np.zeros(3, int), None)
    assert plain.targets[0].tolist() == [list(each) for each in targets(song)]
    assert not plain.features[..., 1].any()
    told = windows.batch(np.zeros(200, int), np.random.default_rng(0)).features[:, 0, 1]
    assert 0.3 < float(told.mean()) < 0.7


def test_a_song_twice_as_long_has_the_same_functions():
    song = Song("s", tuple(codec.Block(function, 2) for function in (0, GROOVE, DROP)))
    batch = FormWindows([song], stretch=1.0).batch(np.zeros(1, int), np.random.default_rng(0))
    assert batch.targets[0, :, 0].tolist() == [0, GROOVE, DROP, codec.END]
    assert batch.targets[0, 0, 1] == codec.length_class(4)
