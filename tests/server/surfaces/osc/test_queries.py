import math

import pytest

from engines.control.tree import STATE_PATHS
from server.surfaces.osc.queries import PATTERNS_PER_S
from tests.server.surfaces.osc.session import HOME, play, rest
from tools.hostile_osc import message


def replies(sent):
    return [(address, args) for _, address, args in sent]


def test_get_answers_one_state_per_parameter():
    async def act(session):
        assert replies(session.send("/get", "section", "/tension", "/state/key", "bpm")) == [
            ("/state/section", ("intro",)),
            ("/state/tension", (0.20000000298023224,)),
            ("/state/key", ("Am",)),
            ("/state/tempo", (138.0,)),
        ]

    play(act)


def test_get_takes_patterns_and_gives_each_once():
    async def act(session):
        mutes = [address for address, _ in replies(session.send("/get", "voice/*/mute", "voice/lead/mute"))]
        assert mutes == [f"/state/voice/{v}/mute" for v in ("lead", "bass", "arp", "pad", "drums")]
        assert len(session.send("/get", "*")) == len(STATE_PATHS)

    play(act)


def test_get_says_what_it_does_not_know():
    async def act(session):
        answers = replies(session.send("/get", "tensoin", 3, "section"))
        assert answers[0] == ("/rejected", ("/get", "no such state: 'tensoin'"))
        assert answers[1] == ("/rejected", ("/get", "no such state: '3'"))
        assert answers[2] == ("/state/section", ("intro",))
        assert replies(session.send("/get"))[0][0] == "/rejected"
        assert replies(session.send("/get", "[z-a]"))[0][0] == "/rejected"
        assert session.surface.rejected == 4

    play(act)


def test_patterns_are_rationed():
    async def act(session):
        assert all(session.send("/get", "sec*") for _ in range(PATTERNS_PER_S))
        assert replies(session.send("/get", "sec*")) == [("/rejected", ("/get", "more than 100 patterns in a second"))]
        assert replies(session.send("/get", "section")) == [("/state/section", ("intro",))]
        await rest(1.0)
        assert replies(session.send("/get", "sec*")) == [("/state/section", ("intro",))]

    play(act)


def test_ping_gives_its_arguments_back_in_plain_types():
    async def act(session):
        assert session.send("/ping", 1, 0.5, "x", b"yz") == [(HOME, "/pong", (1, 0.5, "x", b"yz"))]
        assert replies(session.packet(message("/ping", ",TFNI"))) == [("/pong", (1, 0, 0, math.inf))]

    play(act)


def test_sync_answers_after_what_came_before():
    async def act(session):
        sent = session.timed(1, ("/tension", 0.75), ("/get", "tension"), ("/sync", 7.0))
        assert replies(sent) == [("/state/tension", (0.75,)), ("/synced", (7,))]
        for bad in ((), ("x",), (0.5,), (math.inf,), (math.nan,)):
            assert replies(session.send("/sync", *bad)) == [("/rejected", ("/sync", "needs a whole number"))]

    play(act)


def test_status_is_the_stages_and_our_counters():
    async def act(session):
        session.send("/tension", 0.5)
        session.send("/tension", 7.0)
        ((_, address, args),) = session.send("/status")
        pairs = dict(zip(args[::2], args[1::2], strict=True))
        assert address == "/status"
        assert pairs["tempo"] == 138.0
        assert pairs["osc_received"] == 3
        assert pairs["osc_rejected"] == 1

    play(act)


def test_subscribing_gives_the_whole_state_and_then_the_news():
    async def act(session):
        sent = session.send("/subscribe")
        assert [address for _, address, _ in sent] == [f"/state/{path}" for path in STATE_PATHS]
        assert {target for target, _, _ in sent} == {HOME}
        session.stage.announce("/bar", 3)
        assert session.wire.take() == [(HOME, "/bar", (3,))]

    play(act)


def test_subscribing_to_another_port_and_a_pattern():
    async def act(session):
        there = (HOME[0], 9001)
        assert session.send("/subscribe", 9001, "voice/lead/*")[0][0] == there
        session.stage.announce("/bar", 3)
        assert session.wire.take() == []
        assert session.send("/voice/lead/mute", 1) == [(there, "/state/voice/lead/mute", (1,))]
        assert session.send("/ping") == [(HOME, "/pong", ()), (there, "/pong", ())]

    play(act)


def test_a_pattern_alone_is_enough():
    async def act(session):
        assert replies(session.send("/subscribe", "section")) == [("/state/section", ("intro",))]

    play(act)


def test_what_a_parameter_is_set_by_names_its_news():
    async def act(session):
        for name in ("/tempo", "bpm", "/state/tempo"):
            assert [address for _, address, _ in session.send("/subscribe", name)] == ["/state/tempo"]
            await rest(1.0)
            session.send("/unsubscribe")

    play(act)


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("tensoin",), "(nearest: tension)"),
        (("/voice/led/mute",), "(nearest: voice/lead/mute)"),
        (("ba?x",), "nothing is told at 'ba?x'"),
        (("9001",), "a port is a number"),
        (("/tension", 9001), "in this order"),
        ((9001, "bar", "beat"), "{bar,beat}"),
    ],
)
def test_a_subscription_that_would_hear_nothing_is_refused(args, reason):
    async def act(session):
        ((_, address, (about, said)),) = session.send("/subscribe", *args)
        assert (address, about) == ("/rejected", "/subscribe")
        assert reason in said
        assert session.surface.counts()["osc_subscribers"] == 0

    play(act)


def test_subscriptions_with_patterns_are_rationed():
    async def act(session):
        assert all(session.send("/subscribe", "sec*") for _ in range(PATTERNS_PER_S))
        assert replies(session.send("/subscribe", "sec*")) == [
            ("/rejected", ("/subscribe", "more than 100 patterns in a second"))
        ]

    play(act)


def test_a_patch_that_begins_anew_does_not_end_another_s_subscription():
    async def act(session):
        session.send("/subscribe", 9001, "bar", sender=(HOME[0], 6000))
        session.send("/subscribe", 9002, "bar", sender=(HOME[0], 6001))
        ((_, address, (_, reason)),) = session.send("/unsubscribe", sender=(HOME[0], 6002))
        assert address == "/rejected" and "9001, 9002" in reason
        session.stage.announce("/bar", 1)
        assert {port for (_, port), _, _ in session.wire.take()} == {9001, 9002}

    play(act)


def test_bad_subscriptions_are_refused():
    async def act(session):
        for args in ((0,), (65_536,), (math.nan,), (b"x",), (9001, 5), ("[",), ("x" * 200,)):
            ((_, address, (about, reason)),) = session.send("/subscribe", *args)
            assert (address, about) == ("/rejected", "/subscribe")
            assert reason
        assert session.surface.counts()["osc_subscribers"] == 0

    play(act)


def test_unsubscribing_a_port():
    async def act(session):
        session.send("/subscribe", 9001, "bar")
        session.send("/unsubscribe", 9002.0)
        session.stage.announce("/bar", 1)
        assert session.wire.take() == [((HOME[0], 9001), "/bar", (1,))]
        assert replies(session.send("/unsubscribe", "x"))[0][0] == "/rejected"
        session.send("/unsubscribe", 9001.0)
        session.stage.announce("/bar", 2)
        assert session.wire.take() == []

    play(act)


def test_unsubscribing_and_a_lapsed_lease_end_the_news():
    async def act(session):
        session.send("/subscribe", "bar")
        session.send("/unsubscribe")
        session.stage.announce("/bar", 1)
        assert session.wire.take() == []
        session.send("/subscribe", "bar")
        await rest(59.0)
        session.send("/ping")
        await rest(59.0)
        session.stage.announce("/bar", 2)
        assert session.wire.take() == [(HOME, "/bar", (2,))]
        await rest(1.0)
        session.stage.announce("/bar", 3)
        assert session.wire.take() == []

    play(act)
