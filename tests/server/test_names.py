from engines.control.desk import Desk
from engines.library import Library
from server.names import LIST_AGAIN_S, Names
from tests.engines.band import GENRES, control


def test_names_are_those_of_the_desk_and_the_genre_it_wishes(tmp_path):
    names = Names(GENRES, Library(tmp_path))
    lexicon = names.lexicon(Desk(control(), {"high": control()}))
    assert lexicon.sections == tuple(GENRES["uplifting"].sections)
    assert (lexicon.scenes, lexicon.led) == (("high",), False)
    assert set(lexicon.experts["lead"]) == {"rules"}
    names.is_led = lambda: True
    assert names.lexicon(Desk(control())).led


def test_experts_are_listed_again_only_after_a_while(tmp_path, monkeypatch):
    now, listed = [0.0], []
    monkeypatch.setattr("server.names.expert_names", lambda library: listed.append(now[0]) or {})
    names = Names(GENRES, Library(tmp_path), lambda: now[0])
    (tmp_path / "new").mkdir()
    for now[0] in (LIST_AGAIN_S / 2, LIST_AGAIN_S * 2, LIST_AGAIN_S * 4):
        names.lexicon(Desk(control()))
    assert listed == [0.0, LIST_AGAIN_S * 2]


def test_a_spoilt_shelf_leaves_the_list_as_it_was_until_it_is_mended(tmp_path, caplog):
    now = [0.0]
    names = Names(GENRES, Library(tmp_path), lambda: now[0])
    known = names.lexicon(Desk(control())).experts
    (tmp_path / "new").mkdir()
    (tmp_path / "current.yaml").write_text("lead: [v1")
    for now[0] in (10.0, 20.0):
        assert names.lexicon(Desk(control())).experts == known
    assert [record.message for record in caplog.records if "current.yaml" in record.message]
    assert len(caplog.records) == 1
