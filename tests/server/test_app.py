from types import SimpleNamespace

import pytest

from engines.conductor import Cursor
from server.app import _begin, steered
from server.config import load
from server.opening import first_control
from server.records import Stood
from server.resume import Papers, Resume
from tests.engines.band import GENRES, control
from tests.server import virtual
from tests.server.stagehand import Stagehand
from tests.server.virtual import run


def begun(*said, autoplay=True, resume=None, **wishes):
    """What plays after these commands came while the experts were being loaded."""

    async def main():
        async with Stagehand(**wishes) as hand:

            async def ready(_within):
                await virtual.turns()
                for command in said:
                    hand.say(*command)

            house = SimpleNamespace(ready=ready, performance=hand.performance, front=hand.front)
            await _begin(house, resume, autoplay=autoplay)
            await hand.seconds(1)
            return hand

    return run(main())


def test_with_autoplay_the_autopilot_leads_from_the_start():
    assert first_control(steered(load()), GENRES).autopilot


def test_autoplay_plays_and_overrules_nothing_that_was_said_before():
    hand = begun(("/section", "breakdown"), ("/tension", 0.2), autopilot=True)
    assert hand.performance.playing
    assert next(args[1:3] for args in hand.told("/plan")) == ("breakdown", 0.2)
    assert hand.front.state()["autopilot"] == (0,)


@pytest.mark.parametrize("said", [[("/stop",)], [("/play",), ("/stop", "now")]])
def test_a_stop_that_was_said_before_is_obeyed(said):
    assert not begun(*said).performance.playing
    resume = Resume(Papers("", ""), Stood(control(), (), Cursor(7), True, True, 7))
    assert not begun(*said, resume=resume).performance.playing


def test_a_panic_is_no_stop():
    assert begun(("/panic",)).performance.playing


def test_it_goes_on_as_the_main_before_did():
    papers = Papers("", "")
    assert begun(
        autoplay=False, resume=Resume(papers, Stood(control(), (), Cursor(7), True, True, 7))
    ).performance.playing
    assert not begun(resume=Resume(papers, Stood(control(), (), Cursor(7), True, False, 7))).performance.playing
    assert begun(resume=Resume(papers, Stood(control()))).performance.playing
    assert not begun(autoplay=False).performance.playing
