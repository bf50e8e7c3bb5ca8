from pathlib import Path

import pytest

from engines.analysis.music import Music
from tests.training.judge.theory.making import folder
from training.judge.theory import card, songs
from training.judge.theory.opinion import Opinion, ours


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return folder(tmp_path)


def test_every_corpus_has_its_figures(data: Path) -> None:
    seen: list[str] = []
    figures = {figure.name: figure for figure in card.judge(data, 5, "test", seen.append, rival=False)}
    assert len(seen) == 3
    assert {name.split(".")[1] for name in figures} == {"lieder", "pop909", "rs200"}
    assert all(0 <= figure.ours <= 1 and figure.n == 1 and figure.music21 is None for figure in figures.values())
    assert figures["analysis.lieder.key"].baseline is not None
    assert figures["analysis.lieder.numeral_told"].ours == 1
    assert figures["analysis.lieder.root"].ours > 0.8
    assert "analysis.pop909.roman_exact" not in figures
    assert "analysis.rs200.tonic" in figures
    assert all(card.about(name) for name in figures)


def test_json_is_figures_by_name(data: Path) -> None:
    figures = card.judge(data, 1, "test", lambda _: None, rival=False)
    found = card.as_json(figures, "test")
    assert all(found[figure.name] == figure.ours for figure in figures)
    assert found["n"].keys() == {figure.name for figure in figures}
    assert found["music21"] == {}
    assert found["side"] == "test"


def test_what_is_not_there_is_not_judged(data: Path) -> None:
    (data / "rs200" / "rs200_source.tar.xz").unlink()
    (data / "rs200").rmdir()
    assert card.there(data) == ["lieder", "pop909"]
    assert card.there(data / "pop909") == []


def test_cadences_heard_agree_with_themselves_and_silence_with_silence(data: Path) -> None:
    (song,) = songs.lieder(data, "test")
    right = Opinion(ours(song.music).home, tuple(_word(each) for each in song.said))
    assert card.cadence_f1(song, right) == 1
    assert card.cadence_f1(song, Opinion(right.home, ())) < 1


def _word(each: object) -> object:
    from training.judge.theory.opinion import Word

    return Word(each.tick, each.end, each.key, each.chord, each.numeral)


def test_an_analyser_is_whoever_answers() -> None:
    answer: card.Analyser = lambda music: ours(music)  # noqa: PLW0108, E731
    assert answer(Music(())).words == ()
