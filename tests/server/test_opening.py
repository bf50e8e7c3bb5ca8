from pathlib import Path

import pytest
from msgspec.structs import replace

from engines.control.state import Auto
from server.config import ConfigError, load
from server.guard import RESUME
from server.opening import first_control, open_to_lan, papers, scenes_at, shelf
from server.scenes import SceneKeeper
from tests.engines.band import GENRES, control

CONFIG = load()


def starting(**wishes):
    return replace(CONFIG, start=replace(CONFIG.start, **wishes))


def test_the_first_control_is_what_the_configuration_says():
    first = first_control(starting(tempo=174.0, chords="auto", seed=5), GENRES)
    assert (first.tempo.end, first.seed) == (174.0, 5)
    assert isinstance(first.harmony, Auto)
    assert first.section == CONFIG.start.section


@pytest.mark.parametrize("name", GENRES)
def test_tempo_swing_and_hands_are_the_genres_where_it_is_asked(name):
    genre = GENRES[name]
    wish = {"genre": name, "section": genre.first, "tempo": None, "swing": None, "humanize": None}
    first = first_control(starting(**wish), GENRES)
    assert (first.tempo.end, first.swing, first.humanize) == (genre.bpm[1], genre.swing, genre.humanize)
    told = first_control(starting(**wish | {"tempo": 90.0, "swing": 0.0, "humanize": 0.0}), GENRES)
    assert (told.tempo.end, told.swing, told.humanize) == (90.0, 0.0, 0.0)


@pytest.mark.parametrize("wish", [{"genre": "polka"}, {"section": "refrain"}])
def test_what_does_not_exist_is_named(wish):
    (key, value), *_ = wish.items()
    with pytest.raises(ConfigError, match=rf"start\.{key}.*{value}"):
        first_control(starting(**wish), GENRES)


@pytest.mark.parametrize(("key", "value", "near"), [("genre", "upliftin", "uplifting"), ("section", "dropp", "drop")])
def test_the_nearest_that_exists_is_named(key, value, near):
    with pytest.raises(ConfigError, match=rf"{value}.*\(nearest: {near}\)"):
        first_control(starting(**{key: value}), GENRES)


def test_the_line_up_decides_who_plays_first():
    first = first_control(CONFIG, GENRES, {"lead": ["nightingale", "gru"]})
    assert (first.chairs["lead"].expert, first.chairs["bass"].expert) == ("nightingale", "rules")


def test_osc_is_open_to_the_network_only_when_asked():
    assert open_to_lan(CONFIG, lan=False).osc.host == CONFIG.osc.host
    assert open_to_lan(CONFIG, lan=True).osc.host == "0.0.0.0"  # noqa: S104


def test_papers_are_absolute_and_a_guarded_main_always_has_a_journal(monkeypatch, tmp_path):
    off = replace(CONFIG, journal=replace(CONFIG.journal, enabled=False), record=replace(CONFIG.record, enabled=False))
    monkeypatch.delenv(RESUME, raising=False)
    assert (papers(off, None).journal, papers(off, None).recording) == ("", "")
    assert Path(papers(CONFIG, "x.mid").recording) == Path("x.mid").absolute()
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    assert papers(off, None).journal == str(tmp_path / "resume.json.journal")


def test_where_no_journal_can_be_written_what_a_crash_needs_is_kept_elsewhere(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    (tmp_path / "file").write_text("")
    mine = replace(CONFIG, journal=replace(CONFIG.journal, path=str(tmp_path / "file" / "a.journal")))
    assert papers(mine, None).journal == str(tmp_path / "resume.json.journal")
    assert "no journal" in caplog.text
    mine = replace(CONFIG, journal=replace(CONFIG.journal, path=str(tmp_path / "deep" / "er" / "a.journal")))
    assert papers(mine, None).journal == str(tmp_path / "deep" / "er" / "a.journal")


def test_a_clock_that_goes_back_and_a_server_beside_overwrite_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(RESUME, raising=False)
    monkeypatch.setattr("server.opening.stamp", lambda: "2026-11-21_22-00-00")
    names = []
    for port in (9000, 9000, 9000, 9001):
        mine = papers(replace(CONFIG, osc=replace(CONFIG.osc, port=port)), None)
        Path(mine.recording).parent.mkdir(exist_ok=True)
        Path(mine.recording).write_text("")
        assert Path(mine.journal).stem == Path(mine.recording).stem
        names.append(Path(mine.recording).name)
    assert names == [
        "2026-11-21_22-00-00.mid",
        "2026-11-21_22-00-00-2.mid",
        "2026-11-21_22-00-00-3.mid",
        "2026-11-21_22-00-00_9001.mid",
    ]


def test_a_scene_of_a_genre_that_is_gone_is_left_out(tmp_path, caplog):
    keeper = SceneKeeper(tmp_path / "scenes.json")
    keeper.keep({"one": control(), "two": control(genre="polka")})
    keeper.close()
    assert list(scenes_at(tmp_path / "scenes.json", GENRES)) == ["one"]
    assert "polka" in caplog.text


def test_a_new_version_changes_the_shelf(tmp_path):
    assert shelf(tmp_path / "none") == ()
    (tmp_path / "lead").mkdir()
    before = shelf(tmp_path)
    (tmp_path / "bass").mkdir()
    assert shelf(tmp_path) != before
