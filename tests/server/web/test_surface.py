"""The web surface without a socket: what becomes of its tasks."""

import asyncio
import contextlib

import pytest
from msgspec.structs import replace

from server.config import load
from server.web.surface import WebSurface
from server.web.tape import Tape, TapeError
from server.web.tapegive import Label
from tests.engines.band import GENRES
from tests.server.stagehand import Stagehand
from tests.server.virtual import run, turns

CONFIG = load()


class Driver:
    """Listens at once; breaks when it is told to."""

    state = "open"

    def __init__(self, surface):
        self.surface, self.broken = surface, asyncio.Event()

    async def run(self):
        self.surface.tell(self.state, "")
        await self.broken.wait()
        raise ValueError("the driver broke")


async def never_found(_name, _services, _changed):
    raise ValueError("no multicast")


class Network:
    """told: the kinds that are announced now, with their ports."""

    def __init__(self):
        self.told = []

    async def __call__(self, _name, services, changed):
        while True:
            changed.clear()
            self.told = [(service.kind, service.port) for service in services()]
            await changed.wait()


def on_stage(story, config=CONFIG, recording=""):
    async def main():
        async with Stagehand() as hand:
            surface = WebSurface(
                config, hand.front, hand.performance, hand.transport, GENRES,
                alive=lambda: True, generation_ms=(), recording=recording,
            )  # fmt: skip
            driver, broken = Driver(surface), []
            surface._serve = driver.run
            asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context["message"]))
            surface.start()
            await turns(5)
            await story(surface, driver, broken)
            await surface.close()
            await surface.close()
            assert surface.state == "off"

    run(main())


@pytest.fixture(autouse=True)
def _no_multicast(monkeypatch):
    monkeypatch.setattr("server.web.surface.announce", never_found)


def test_a_page_that_is_not_found_is_open_nevertheless():
    async def story(surface, driver, broken):
        assert (surface.state, broken) == ("open", ["multicast DNS broke"])

    on_stage(story)


OF_OSC, OF_PAGE = ("_osc._udp", CONFIG.osc.port), ("_oscjson._tcp", CONFIG.web.port)


def test_osc_is_announced_at_once_and_a_page_whose_port_is_another_s_only_when_it_is_open(monkeypatch):
    network = Network()
    monkeypatch.setattr("server.web.surface.announce", network)
    monkeypatch.setattr(Driver, "state", "waiting")

    async def story(surface, driver, broken):
        assert (surface.state, network.told) == ("waiting", [OF_OSC])
        surface.tell("open", "")
        await turns(3)
        assert (network.told, broken) == ([OF_PAGE, OF_OSC], [])
        driver.broken.set()
        await turns(3)
        assert (network.told, broken) == ([OF_OSC], ["web broke"])

    on_stage(story)


def test_osc_is_announced_without_a_page(monkeypatch):
    network = Network()
    monkeypatch.setattr("server.web.surface.announce", network)

    async def story(surface, driver, broken):
        assert (surface.state, network.told) == ("off", [OF_OSC])

    on_stage(story, replace(CONFIG, web=replace(CONFIG.web, enabled=False)))


def test_nothing_is_announced_where_the_configuration_says_so(monkeypatch):
    network = Network()
    monkeypatch.setattr("server.web.surface.announce", network)

    async def story(surface, driver, broken):
        assert (surface.state, network.told) == ("open", [])

    on_stage(story, replace(CONFIG, web=replace(CONFIG.web, announce=False)))


def test_a_driver_that_breaks_is_told_and_the_page_is_off():
    async def story(surface, driver, broken):
        driver.broken.set()
        await turns(3)
        assert (surface.counts()["web"], broken) == ("off", ["multicast DNS broke", "web broke"])

    on_stage(story)


def test_what_is_switched_off_does_nothing():
    async def story(surface, driver, broken):
        assert (surface.state, broken, len(surface.hub)) == ("off", [], 0)

    on_stage(story, replace(CONFIG, web=replace(CONFIG.web, enabled=False, announce=False)))


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("::1", "http://[::1]:8770"),
        ("127.0.0.1", "http://127.0.0.1:8770"),
        ("0.0.0.0", "http://localhost:8770"),  # noqa: S104
        ("::", "http://localhost:8770"),
    ],
)
def test_the_address_that_is_told_can_be_opened(host, said, caplog):
    caplog.set_level("INFO", "melody-engine")

    async def story(surface, driver, broken):
        assert f"hear it: open {said}" in caplog.text

    on_stage(story, replace(CONFIG, web=replace(CONFIG.web, host=host)))


async def no_chunks():
    yield b"MThd"


def tapes(monkeypatch, hold=None):
    """Give tapes out of the air; `hold` what is waited for first."""

    @contextlib.asynccontextmanager
    async def opened(path, bars):
        if hold is not None:
            await hold.wait()
        if bars == 0:
            raise TapeError("no tape")
        yield Tape(Label(4, "bars are gone", 9), no_chunks())

    monkeypatch.setattr("server.web.surface.opened", opened)


def test_a_show_comes_with_its_name_and_what_is_missing_in_it(monkeypatch):
    tapes(monkeypatch)

    async def story(surface, driver, broken):
        async with surface.cut(None) as answer:
            assert (answer.size, answer.type) == (4, "audio/midi")
            assert [chunk async for chunk in answer.chunks] == [b"MThd"]
            assert answer.headers == {
                "Content-Disposition": 'attachment; filename="show-from-bar-9.mid"',
                "Melody-Note": "bars are gone",
            }
        async with surface.cut(0) as answer:
            assert (answer.status, answer.body) == (503, b"no tape")

    on_stage(story, recording="recordings/show.mid")


def test_why_there_is_no_show_is_said():
    async def story(surface, driver, broken):
        async with surface.cut(None) as answer:
            assert (answer.status, answer.body.partition(b":")[0]) == (409, b"nothing is recorded")

    on_stage(story)


def test_one_show_is_laid_out_at_a_time_but_several_may_be_sent(monkeypatch):
    hold = asyncio.Event()
    tapes(monkeypatch, hold)

    async def story(surface, driver, broken):
        async def take():
            async with surface.cut(None) as answer:
                return answer

        first = asyncio.create_task(take())
        await turns(3)
        assert (await take()).status == 503
        hold.set()
        assert (await first).size == 4
        async with surface.cut(None), surface.cut(2) as answer:
            assert answer.size == 4

    on_stage(story, recording="recordings/show.mid")
