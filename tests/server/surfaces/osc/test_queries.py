import math

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
