"""The house is built and nothing in it is opened: no socket, no process."""

import asyncio
import socket

import pytest
from msgspec.structs import replace

from engines.conductor import Cursor
from server.config import ConfigError, load
from server.drivers.link import LinkMissingError
from server.guard import RESUME
from server.house import House
from server.journal import Commanded, Decided, Opened, read
from server.player.messages import MidiIn
from server.records import Stood
from server.resume import Papers, Resume
from server.status import status
from tests.engines.band import control
from tests.server.virtual import run, turns

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
        house = House(config, resume=resume)
        found = dict(status(house))
        house.journal.open().close()
        return house, found

    return run(main())


def test_a_fresh_house_begins_a_performance(config, tmp_path):
    house, found = built(config)
    opened, decided = read(tmp_path / "a.journal")
    assert isinstance(opened, Opened)
    assert not opened.resumed
    assert opened.touch == house.library.current()["touch"]
    assert isinstance(decided, Decided)
    assert decided.control == house.front.desk.control
    assert (found["playing"], found["section"], found["rejected"]) == (0, CONFIG.start.section, 0)


def test_a_house_that_resumes_stands_where_the_other_stood(config, tmp_path):
    wish = Commanded(7, "key", ("C", "phrase"), "phrase")
    stood = Stood(control(section="breakdown"), (wish,), Cursor(7), True, True, 7)
    resume = Resume(Papers(str(tmp_path / "b.journal"), ""), stood)
    house, _ = built(config, resume)
    opened, decided = read(tmp_path / "b.journal")
    assert opened.resumed
    assert (decided.control, decided.pending) == (control(section="breakdown"), (replace(wish, bar=0),))
    assert house.front.state()["key"] == ("C",)
    assert house.performance.tension == 0.5


def test_keys_that_a_dead_player_heard_count_as_let_go(config):
    async def main():
        house = House(config)
        house.midi.take(MidiIn(0.0, bytes((0x90, 57, 100))))
        await turns()
        assert house.front.desk.wish.held is not None
        house._player_restarted()
        await turns()
        return house.front.desk.wish.held

    assert run(main()) is None


def test_a_genre_that_is_gone_is_no_reason_not_to_play(config, tmp_path):
    resume = Resume(Papers(str(tmp_path / "b.journal"), ""), Stood(control(genre="polka"), begun=True))
    house, _ = built(config, resume)
    assert house.front.desk.control.genre == CONFIG.start.genre


def test_a_house_that_cannot_be_opened_leaves_no_journal(config, tmp_path):
    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            house = House(replace(config, osc=replace(config.osc, port=taken.getsockname()[1])))
            with pytest.raises((OSError, ConfigError)):
                async with house.open():
                    pass

    asyncio.run(main())
    with pytest.raises(ConfigError):
        House(replace(config, start=replace(config.start, genre="polka")))
    assert not (tmp_path / "a.journal").exists()


def test_the_notes_end_before_the_pages_are_told_good_bye(config, monkeypatch):
    ended = []

    def noted(name):
        async def note():
            ended.append(name)

        return note

    async def nothing():
        pass

    async def main():
        house = House(replace(config, osc=replace(config.osc, port=0)))
        for part in (house.player, house.workers, house.web):
            monkeypatch.setattr(part, "close", noted(type(part).__name__))
        monkeypatch.setattr(house.player, "start", nothing)
        monkeypatch.setattr(house.workers, "start", lambda: None)
        monkeypatch.setattr(house.web, "start", lambda: None)
        async with house.open():
            assert ended == []

    asyncio.run(main())
    assert ended == ["PlayerProcess", "WebSurface", "Workers"]


def test_link_that_is_not_installed_is_named_with_its_key(config, monkeypatch):
    def missing(*_):
        raise LinkMissingError("not here")

    monkeypatch.setattr("server.outside.LinkDriver", missing)
    with pytest.raises(ConfigError) as caught:
        built(replace(config, clock=replace(config.clock, source="link")))
    assert caught.value.key == "clock.source"
