"""A user's own folder of MIDI files: every recipe learns from it, and its expert is exported, judged and swapped in."""

from functools import partial

import msgspec
import pytest
from click.testing import CliRunner

from engines.library import Library
from engines.neural.probe import probe_request
from tests.engines.neural.toy import make_toy_lead
from tests.training.beats import make_drum_corpus
from tests.training.corpus.making import FORM, VOICES, corpus, own
from training import whole
from training.__main__ import main
from training.accompaniment import report as report_accompaniment
from training.corpus import store
from training.form import playing
from training.harmony import listening
from training.lead import report as report_lead
from training.whole import Floor

PLAYS = {
    "lead": "lead-transformer",
    "lead-fast": "lead-gru",
    "drums": "drums-gru",
    "accompaniment": "accompaniment-grid",
}
MADE = {
    **PLAYS,
    "harmony": "harmony-gru",
    "harmony-ngram": "harmony-ngram",
    "form": "form-gru",
    "critic": "lead-critic",
}
JUDGED = {
    "lead": "told_chords_only.nll", "lead-fast": "told_chords_only.nll", "drums": "velocity_mae",
    "harmony": "harmony.nll", "harmony-ngram": "harmony-ngram.top1", "accompaniment": "learned.consonant",
    "form": "form.nll", "critic": "auc.chords.any_bar",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = own(tmp_path_factory.mktemp("music") / "mine", sections=FORM)
    return corpus(folder, tmp_path_factory.mktemp("corpus") / "mine")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Runs, and a shelf with a lead that has learned nothing: the critic hears it."""
    shelf = tmp_path_factory.mktemp("shelf")
    make_toy_lead(shelf)
    return tmp_path_factory.mktemp("runs"), shelf


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Judge on a few bars."""
    monkeypatch.setattr(playing, "TRACKS", 2)
    monkeypatch.setattr(report_accompaniment, "PIECES", 2)
    monkeypatch.setattr(report_accompaniment, "ramp", partial(report_accompaniment.ramp, seeds=1, bars=8))
    monkeypatch.setattr(report_accompaniment, "write_ms", partial(report_accompaniment.write_ms, rounds=1))
    monkeypatch.setattr(listening, "figures", partial(listening.figures, seeds=1))
    monkeypatch.setattr(report_lead, "ramp", partial(report_lead.ramp, seeds=1, bars=8))
    monkeypatch.setattr(report_lead, "write_ms", partial(report_lead.write_ms, bars=2))


def said(*words):
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.parametrize("expert", JUDGED)
def test_every_recipe_learns_from_a_users_corpus(expert, made, place):
    runs, shelf = place
    common, version = ["--corpus", made, "--runs", runs], "v1" if expert == "critic" else "mine"
    for words in (["train", expert, *common, "--profile", "smoke"],
                  ["export", expert, *common, "--models", shelf, "--version", version]):  # fmt: skip
        done = said(*words)
        assert done.exit_code == 0, done.output
    library, manifest = Library(shelf), store.manifest(made)
    card = library.verify(MADE[expert], version)
    assert [(source.folder, source.tier) for source in card.sources] == [("own-mine", "own")]
    assert card.sources[0].sha256 == manifest.corpus_sha256
    assert manifest.corpus_sha256.startswith(card.data_sha256)
    assert (card.tiers, card.profile) == ("own", "smoke")
    assert JUDGED[expert] in card.metrics, "judged on the corpus' own held-out songs"
    assert library.current()[MADE[expert]] == version
    if expert in PLAYS:
        request = probe_request(card.voices[:1])
        assert library.load(MADE[expert], version).write(request)
    if "note" in card.metrics:
        assert "held out by the corpus' own split" in card.metrics["note"]


def test_a_run_is_exported_with_what_it_learned_from_and_nothing_else(made, place, tmp_path):
    runs, shelf = place
    assert said("train", "drums", "--corpus", made, "--runs", runs, "--profile", "smoke").exit_code == 0
    other = make_drum_corpus(tmp_path / "data")
    done = said("export", "drums", "--data", other, "--runs", runs, "--models", shelf, "--version", "other")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1].startswith(
        f"Error: {other}: the newest or named run of drums learned from other"
    )
    assert not (shelf / "drums-gru" / "other").exists()


def test_a_critic_is_numbered_since_leads_name_it_so(made, place):
    done = said("export", "critic", "--corpus", made, "--runs", place[0], "--models", place[1], "--version", "mine")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == (
        "Error: --version mine: a lead's card names its critic by number; take v and a number: v2"
    )


def test_what_cannot_teach_is_one_line(tmp_path):
    folder = own(tmp_path / "lines", songs=2, voices=VOICES[:1])
    done = said("train", "drums", "--midi", folder, "--runs", tmp_path / "runs", "--profile", "smoke")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1].startswith("Error: ")
    assert "needed: a drum track" in done.output


def test_what_is_not_there_is_one_line(made, tmp_path):
    for words, line in (
        (
            ["export", "drums", "--corpus", made, "--runs", tmp_path, "--version", "v1"],
            f"no finished run of drums below {tmp_path}",
        ),
        (
            ["train", "lead", "--data", tmp_path, "--runs", tmp_path],
            f"{tmp_path}: neither a prepared corpus nor a folder with",
        ),
        (
            ["train", "drums", "--corpus", made, "--runs", tmp_path, "--profile", "huge"],
            "profile 'huge': choose one of tiny",
        ),
    ):
        done = said(*words)
        assert done.exit_code == 1
        assert done.output.splitlines()[-1].startswith(f"Error: {line}")


def test_all_recipes_skip_what_a_folder_cannot_teach(tmp_path, monkeypatch):
    plan = whole.plan()
    some = {name: plan.floors[name] for name in ("drums", "form", "harmony-ngram")}
    monkeypatch.setattr(whole, "plan", lambda: msgspec.structs.replace(plan, floors=some))
    folder = own(tmp_path / "mine", songs=4)
    done = said("train", "all", "--midi", folder, "--runs", tmp_path / "runs", "--profile", "smoke")
    assert done.exit_code == 0, done.output
    drums, form, counted = done.stdout.splitlines()[-3:]
    assert "velocity_mae" in drums
    assert "skipped: " in form and "needed: markers" in form
    assert "harmony-ngram.top1" in counted
    assert Library(tmp_path / "runs" / "all" / "smoke-mine-models").verify("drums-gru").sources[0].folder == "own-mine"


def test_a_corpus_of_ones_own_is_held_to_baselines_on_itself(made, tmp_path):
    plan = whole.plan()
    assert plan.held_to(tmp_path) == plan.floors
    own_floors = plan.held_to(made)
    assert list(own_floors) == list(plan.floors)
    assert own_floors["harmony"][0] == Floor("harmony.nll", "lower", "harmony.ngram4_cache.nll")
    assert own_floors["drums"] == plan.floors["drums"]


def test_a_figure_that_could_not_be_measured_is_named():
    with pytest.raises(ValueError, match=r"learned.consonant: could not be measured"):
        whole.judged({"nll": 1.0}, [Floor("learned.consonant", "higher", 0.8)])
