import pytest

from server.scenes import SceneError, SceneKeeper, load_scenes
from tests.engines.band import control


def test_scenes_come_back(tmp_path):
    path = tmp_path / "deep" / "scenes.json"
    keeper = SceneKeeper(path)
    keeper.keep({"one": control(), "two": control(section="intro")})
    keeper.close()
    assert load_scenes(path) == {"one": control(), "two": control(section="intro")}


def test_no_file_is_no_scenes(tmp_path):
    assert load_scenes(tmp_path / "none.json") == {}


@pytest.mark.parametrize("content", [b"{", b'{"one": 3}', b"\xff\xfe", b'{"one": {"genre": "x"}}'])
def test_a_bad_file_is_named(tmp_path, content):
    path = tmp_path / "scenes.json"
    path.write_bytes(content)
    with pytest.raises(SceneError, match=r"scenes\.json"):
        load_scenes(path)


def test_a_place_that_cannot_be_written_is_told_and_nothing_else(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    keeper = SceneKeeper(tmp_path / "file" / "scenes.json")
    keeper.keep({"one": control()})
    keeper.close()
    assert "this show only" in caplog.text
