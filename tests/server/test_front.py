import asyncio

from engines.control.command import Rejected
from engines.control.tree import When
from tests.server.stagehand import Stagehand
from tests.server.virtual import run


def tell(story):
    async def main():
        hand = Stagehand()
        await story(hand)
        return hand

    return run(main())


def test_a_change_is_told_once_with_what_goes_along():
    async def story(hand):
        hand.say("/chord", "Dm")
        hand.say("/chord", "Dm")

    states = [(e.address, e.args) for _, e in tell(story).events]
    assert states == [("/state/chord", ("Dm",)), ("/state/chords", ("",))]


def test_a_rejection_is_counted_told_and_returned():
    async def story(hand):
        rejected = hand.front.receive("/tension", [7])
        assert isinstance(rejected, Rejected)

    hand = tell(story)
    assert hand.front.counts["rejected"] == 1
    assert hand.told("/rejected")[0][0] == "/tension"


def test_a_time_tag_delays_and_panic_leaves_it():
    async def story(hand):
        now = asyncio.get_running_loop().time()
        hand.front.receive("/tension", [0.9], at=now + 5)
        hand.front.receive("/density", [0.9], at=now + 60)
        assert hand.front.desk.wish.tension.end == 0.5
        await hand.seconds(6)
        assert hand.front.desk.wish.tension.end == 0.9
        hand.say("/panic")
        await hand.seconds(60)
        assert hand.front.desk.wish.density == 0.9

    tell(story)


def test_scheduled_commands_are_bounded():
    async def story(hand):
        answers = [hand.front.receive("/tension", [0.1], at=1000.0) for _ in range(5000)]
        assert sum(isinstance(a, Rejected) for a in answers) == 5000 - 4096
        await hand.seconds(1000)
        assert hand.front.receive("/tension", [0.1], at=2000.0) is None

    tell(story)


def test_held_keys_are_a_chord_until_released():
    async def story(hand):
        hand.front.hold_chord([57, 60, 64])
        hand.front.desk.take(When.bar, 0)
        assert hand.front.desk.control.held.name == "Am"
        hand.front.hold_chord([])
        hand.front.desk.take(When.bar, 0)
        assert hand.front.desk.control.held is None

    hand = tell(story)
    assert [args[0] for args in hand.told("/state/chord")] == ["Am", ""]


def test_letting_keys_go_says_nothing_new_and_pressing_one_does():
    async def story(hand):
        hand.front.hold_chord([52, 55, 59])
        hand.say("/chord", "Bb")
        for keys in ([55, 59], [59], [], [52, 55, 59]):
            hand.front.hold_chord(keys)

    hand = tell(story)
    assert [args[0] for args in hand.told("/state/chord")] == ["Em", "Bb", "Em"]


def test_a_listener_that_left_hears_nothing():
    async def story(hand):
        heard = []
        leave = hand.front.listen(heard.append)
        hand.say("/density", 0.1)
        leave()
        hand.say("/density", 0.2)
        assert len(heard) == 1

    tell(story)
