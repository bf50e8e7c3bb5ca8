"""A new user: a folder of MIDI files becomes an expert of one's own, which is swapped into the playing server."""

from functools import partial

import pytest
from click.testing import CliRunner

from tests.e2e.concert import concert
from tests.engines.neural.toy import make_toy_lead
from tests.training.corpus.making import corpus, own
from training.__main__ import main

pytestmark = pytest.mark.e2e

NAME, VERSION = "drums-gru", "mine"


def test_drums_of_ones_own_play_when_they_are_asked_for(tmp_path):
    music, models = corpus(own(tmp_path / "mine"), tmp_path / "corpus"), tmp_path / "models"
    make_toy_lead(models)
    folders = ["--corpus", str(music), "--runs", str(tmp_path / "runs")]
    for words in (
        ["train", "drums", *folders, "--profile", "smoke"],
        ["export", "drums", *folders, "--models", str(models), "--version", VERSION],
    ):
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    with concert(tmp_path, models=models) as show:
        since = len(show.news.news)
        show.news.send("/voice/drums/expert", NAME, VERSION)
        assert show.news.wait_for(partial(plays, show, since), 20.0), show.server.log()
        assert not show.news.of("/rejected", since)
        show.hear_bars(2)


def plays(show, since):
    return any(news.args[:2] == ("drums", NAME) for news in show.news.of("/played", since))
