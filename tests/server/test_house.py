"""The house is built and nothing in it is opened: no socket, no process."""

import asyncio

import pytest
from msgspec.structs import replace

from engines.conductor import Cursor
from server.config import load
from server.guard import RESUME
from server.house import House
from server.journal import Commanded, Decided, Opened, read
from server.resume import Papers, Resume
from tests.engines.band import control
from tests.server.virtual import run

CONFIG = load()


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.delenv(RESUME, raising=False)
    monkeypatch.chdir(tmp_path)
    return replace(
        CONFIG,
        journal=replace(CONFIG.journal, path=str(tmp_path / "a.journal")),
        record=replace(CONFIG.record, enabled=False),
        scenes=replace(CONFIG.scenes, enabled=False),
    )


def built(config, resume=None):
    async def main():
        await asyncio.sleep(0)
        house = House(config, resume=resume)
        status = dict(house.front.status())
        house.journal.close()
        return house, status

    return run(main())


def test_a_fresh_house_begins_a_performance(config, tmp_path):
    house, status = built(config)
    opened, decided = read(tmp_path / "a.journal")
    assert isinstance(opened, Opened)
    assert not opened.resumed
    assert isinstance(decided, Decided)
    assert decided.control == house.front.desk.control
    assert (status["playing"], status["section"], status["rejected"]) == (0, CONFIG.start.section, 0)


def test_a_house_that_resumes_stands_where_the_other_stood(config, tmp_path):
    wish = Commanded(7, "key", ("C", "phrase"), "phrase")
    resume = Resume(
        Papers(str(tmp_path / "b.journal"), ""), control(section="breakdown"), (wish,), Cursor(7), True, True, 7
    )
    house, _ = built(config, resume)
    opened, decided = read(tmp_path / "b.journal")
    assert opened.resumed
    assert (decided.control, decided.pending) == (control(section="breakdown"), (replace(wish, bar=0),))
    assert house.front.state()["key"] == ("C",)
    assert house.performance.tension == 0.5


def test_a_genre_that_is_gone_is_no_reason_not_to_play(config, tmp_path):
    resume = Resume(Papers(str(tmp_path / "b.journal"), ""), control(genre="polka"), begun=True)
    house, _ = built(config, resume)
    assert house.front.desk.control.genre == CONFIG.start.genre
