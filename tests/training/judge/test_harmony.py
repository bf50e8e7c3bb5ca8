from pathlib import Path

import pytest

from engines.library import Library
from tests.engines.neural.toys import make_toy
from tests.training.beats import make_chord_corpus
from tests.training.judge.making import fact
from training.harmony.data import held_out, pop909
from training.judge import reference
from training.judge.harmony import baseline, counted, judge


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chord_corpus(tmp_path_factory.mktemp("data"))


def test_the_held_out_songs_are_those_of_the_training_and_no_baseline_knows_them(data: Path) -> None:
    music = reference.read(data / "pop909", lambda _: False)
    songs = counted(music.facts, split=True)
    assert {song.name for song in songs} == held_out(list(pop909(data / "pop909")))
    assert len(songs) == 90
    assert len(counted(music.facts, split=False)) == 140


def test_an_expert_and_the_n_grams_beside_it(data: Path, tmp_path: Path) -> None:
    name = make_toy(tmp_path, "harmony")
    songs = counted(reference.read(data / "pop909").facts, split=True)[:10]
    figures = {f.name: f for f in judge((tmp_path / name / "v1", Library(tmp_path).card(name, "v1")), songs, data)}
    assert figures["harmony.nll"].value > figures["harmony.nll"].baseline > 0  # a toy knows nothing, loops are easy
    assert figures["harmony.top1"].value <= figures["harmony.top3"].value <= 1
    assert figures["harmony.nll_timed"].value != figures["harmony.nll"].value
    assert figures["harmony.nll"].baseline == baseline(data, songs)["nll"]


def test_what_is_missing_is_told(data: Path) -> None:
    songs = counted([fact(0)], split=False)
    assert all(f.value is None and "rules" in f.note for f in judge(None, songs, data))
    assert all("no chords" in f.note for f in judge(None, [], data))
    assert judge(None, songs, None)[0].baseline is None
