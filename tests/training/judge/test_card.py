import json
import shutil
from pathlib import Path

import msgspec
import pytest

from engines.genre import load_genres
from server.config import genres_folder
from server.config import load as load_config
from tests.engines.neural.toy import make_toy_lead
from tests.engines.neural.toys import make_toy
from tests.training.beats import make_drum_corpus
from tests.training.judge.making import small, write_folder
from tests.training.music import make_corpus
from training.judge import choices, heldout, names
from training.judge.card import Judgement, judge, work
from training.judge.reference import FolderError
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Result, as_json


def asked(models: Path, **more: object) -> Judgement:
    genres = load_genres(genres_folder(load_config()))
    return Judgement(models, {"lead": ["lead-gru"]}, genres, small(), **more)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_toy_lead(folder)
    return folder


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def result(models: Path, told: list[str], tmp_path_factory: pytest.TempPathFactory) -> Result:
    data = tmp_path_factory.mktemp("data")
    make_corpus(data)
    make_drum_corpus(data)
    reference = write_folder(tmp_path_factory.mktemp("reference"))
    return judge(asked(models, reference=reference, data=data), told.append)


def test_every_figure_has_a_name_with_a_meaning_once(result: Result) -> None:
    assert len({figure.name for figure in result.figures}) == len(result.figures)
    assert [figure.name for figure in result.figures if names.of(figure.name) is None] == []


def test_every_name_is_printed(result: Result) -> None:
    shown = {named.name for figure in result.figures if (named := names.of(figure.name))}
    elsewhere = ("benchmark.", "int8.", "pieces.", "analysis.")  # of other commands, and of experts that were quantised
    wanted = {n.name for n in names.NAMES if not n.name.startswith(elsewhere) and not n.name.endswith("_timed")}
    assert wanted - shown == set()


def test_what_was_judged_is_told(result: Result) -> None:
    meta = result.meta
    assert meta.lineup["lead"] == "lead-gru v1" and meta.lineup["bass"] == "rules"
    assert (meta.songs, meta.excerpts, meta.missing) == (3, 6, [])
    assert len(meta.data_sha256) == 64 and meta.revision and meta.date


def test_bands_and_comparisons_are_of_the_learned_voice_alone(result: Result) -> None:
    assert {band.voice for band in result.bands} == {"lead"}
    assert {test.voice for test in result.comparisons} == {"lead"}  # what plays by rules on both sides is no test
    assert all(test.p <= test.p_holm <= 1 for test in result.comparisons)
    assert result.value("rules.better") == sum(test.better == UNDERSTUDY for test in result.comparisons)


def test_excerpts_are_for_eyes_and_ears(result: Result) -> None:
    players = [each.player for each in result.excerpts]
    assert players[:3] == [REAL, LEARNED, UNDERSTUDY] and len(players) == 5
    assert len({each.blueprint for each in result.excerpts}) == 1
    for each in result.excerpts:
        assert len(each.chords) == len(each.tension) == each.bars == 8
        assert all(0 <= note[0] < 8 * 1920 and note[1] > 0 for notes in each.notes.values() for note in notes)
    sung, around = (sorted((note[0], note[2]) for note in result.excerpts[n].notes["lead"]) for n in (0, 3))
    assert sung == around  # who accompanies does not touch the melody
    assert result.excerpts[1].experts["lead"] == "lead-gru v1"
    assert len(result.excerpts[1].realised) == 8


def test_the_json_form_is_flat_figures_and_says_whence(result: Result) -> None:
    found = json.loads(json.dumps(as_json(result)))
    assert found["lead.oa.mean"] == result.value("lead.oa.mean")
    assert found["meta"]["seeds"] == [0, 1]
    assert found["baselines"]["lead.oa.mean"] is not None
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result


def test_the_work_is_counted(result: Result, told: list[str], models: Path) -> None:
    assert 0 < len(told) <= work(asked(models))


def test_the_same_seeds_judge_the_same(result: Result, models: Path, tmp_path: Path) -> None:
    reference = write_folder(tmp_path)
    one, other = (judge(asked(models, reference=reference)) for _ in range(2))
    assert one.figures == other.figures
    assert one.excerpts == other.excerpts
    assert one.value("lead.oa.mean") == result.value("lead.oa.mean")  # the data play no part in it
    assert one.value("lead.copied.run") is None
    assert "lead.copied.run" in as_json(one)["notes"]


def test_a_reference_of_chords_alone_is_judged_as_far_as_it_goes(models: Path, tmp_path: Path) -> None:
    write_folder(tmp_path)
    for archive in tmp_path.glob("*.tar.xz"):
        archive.unlink()
    found = judge(asked(models, reference=tmp_path))
    assert found.value("lead.oa.mean") is None
    assert any("no excerpt" in line for line in found.meta.missing)
    assert found.excerpts == []


def test_without_any_music_it_says_what_to_give(models: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="--reference FOLDER"):
        judge(asked(models))
    shutil.rmtree(tmp_path)
    with pytest.raises(FolderError, match="no such folder"):
        judge(asked(models, reference=tmp_path))


def test_melodies_and_chords_are_judged_on_songs_that_their_own_experts_never_saw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    make_toy_lead(models)
    harmony = make_toy(models, "harmony")
    (models / "current.yaml").write_text(f"lead-gru: v1\n{harmony}: v1\n")
    apart = heldout.Sides(frozenset({"000", "001"}), (), frozenset({"001", "002"}))
    asked_of: list[str] = []
    monkeypatch.setattr(heldout, "sides", lambda _: apart)
    monkeypatch.setattr(choices, "judge", lambda found, *_: (asked_of.extend(each.song for each in found), ([], []))[1])
    found = judge(
        msgspec.structs.replace(asked(models, data=make_corpus(tmp_path / "data")), lineup={"harmony": [harmony]})
    )
    assert set(asked_of) == {"001", "002"}
    assert found.meta.songs == 2
    assert {each.blueprint.split(":")[0] for each in found.excerpts} <= {"000", "001"} and found.excerpts
