import logging

import pytest

from engines.units import VOICES
from server.surfaces.osc.encode import encode
from server.surfaces.osc.kept import Kept
from server.surfaces.osc.refusals import REFUSALS_AT_HOME_PER_S, REFUSALS_PER_S
from server.surfaces.osc.schedule import ntp
from server.surfaces.osc.surface import REPLIES_PER_S, WARNINGS_PER_S
from tests.server import virtual
from tests.server.surfaces.osc.session import AWAY, HOME, WALL_S, play, rest
from tools.hostile_osc import HOSTILE


def test_a_command_reaches_the_stage_as_it_came():
    async def act(session):
        assert session.send("/tension", 0.5, 8, "beat") == []
        assert session.stage.received == [("/tension", (0.5, 8, "beat"), None)]
        assert session.surface.received == 1

    play(act)


def test_a_refused_command_is_told_to_its_sender_once():
    async def act(session):
        session.send("/subscribe", "rejected")
        ((target, address, args),) = session.send("/tension", 7.0)
        assert (target, address, args[0]) == (HOME, "/rejected", "/tension")
        assert "out of range" in args[1]

    play(act)


def test_other_subscribers_hear_of_refusals_too():
    async def act(session):
        other = ("127.0.0.1", 7000)
        session.send("/subscribe", "rejected", sender=other)
        assert {target for target, _, _ in session.send("/tension", 7.0)} == {HOME, other}

    play(act)


def test_refusals_are_limited_per_host_and_the_limit_is_told():
    async def act(session):
        sent = [reply for _ in range(300) for reply in session.send("/nonsense")]
        assert len(sent) == REFUSALS_AT_HOME_PER_S + 1
        assert "not told" in sent[-1][2][1]
        assert session.surface.rejected == 300
        assert len(session.stage.received) == REFUSALS_AT_HOME_PER_S  # the search for the nearest name is spared
        assert session.send("/nonsense", sender=(HOME[0], 5001))  # another program of this machine
        await rest(1.0)
        assert session.send("/nonsense")
        away = [reply for n in range(100) for reply in session.send("/nonsense", sender=(AWAY[0], n + 1))]
        assert len(away) == REFUSALS_PER_S + 1  # a host is one, whatever ports it sends from

    play(act)


def test_bad_packets_are_counted_told_and_logged_once_a_second(caplog):
    async def act(session):
        for name, (packet, acceptable) in HOSTILE.items():
            sender = (f"127.0.1.{len(name)}", 5000)
            answers = [address for _, address, _ in session.packet(packet, sender)]
            assert acceptable or answers in (["/rejected"], []), name
        assert session.surface.bad == sum(not acceptable for _, acceptable in HOSTILE.values())
        assert session.send("/ping", 1) == [(HOME, "/pong", (1,))]

    with caplog.at_level(logging.WARNING):
        play(act)
    assert len([r for r in caplog.records if "bad OSC packet" in r.message]) == 1


def test_an_address_pattern_goes_to_every_value_that_it_fits():
    async def act(session):
        assert session.send("/voice/*/mute", 1) == []
        assert session.stage.received == [(f"/voice/{voice}/mute", (1,), None) for voice in VOICES]
        assert all(session.stage.state()[f"voice/{voice}/mute"] == (1,) for voice in VOICES)

    play(act)


def test_a_pattern_that_fits_nothing_is_refused_and_so_is_what_a_value_cannot_be():
    async def act(session):
        for address in ("/play*", "/*/*/*/*", "/" + "*" * 15 + "x", "/[z-a]", "/{a"):
            ((_, _, (about, reason)),) = session.send(address, 1)
            assert about == address and reason
        assert session.stage.received == []
        refused = [args[0] for _, _, args in session.send("/voice/{lead,pad}/level", 7.0)]
        assert refused == ["/voice/lead/level", "/voice/pad/level"]

    play(act)


def test_a_pattern_opens_nothing_to_hosts_that_have_not_paired():
    async def act(session):
        sent = session.send("/voice/*/expert", "rules", sender=AWAY)
        assert [args for _, _, args in sent] == [
            (f"/voice/{voice}/expert", "not for hosts that have not paired") for voice in VOICES
        ]
        assert session.stage.received == []

    play(act)


def test_a_pattern_keeps_its_time_tag():
    async def act(session):
        session.timed(ntp(WALL_S + 1.0), ("/voice/*/level", 0.25))
        await rest(0.9)
        assert session.stage.state()["voice/lead/level"] != (0.25,)
        await rest(0.2)
        assert all(session.stage.state()[f"voice/{voice}/level"] == (0.25,) for voice in VOICES)

    play(act)


def test_an_empty_bundle_is_a_heartbeat():
    async def act(session):
        assert session.timed(1) == []
        assert (session.surface.received, session.surface.bad) == (1, 0)

    play(act)


def test_time_tags_become_moments_of_our_clock():
    async def act(session):
        await rest(5.0)
        session.timed(ntp(WALL_S + 7.0), ("/tension", 0.5))
        ((_, _, at),) = session.stage.received
        assert at == pytest.approx(7.0, abs=1e-6)
        await rest(3.0)
        assert session.stage.state()["tension"] == (0.5,)

    play(act)


def test_messages_of_one_bundle_keep_their_order_when_they_are_due():
    async def act(session):
        session.timed(ntp(WALL_S + 1.0), *[("/tension", n / 100) for n in range(100)])
        carried = []
        session.stage.on_command = lambda command: carried.append(command.args[0])
        await rest(2.0)
        assert carried == sorted(carried)
        assert len(carried) == 100

    play(act)


def test_a_clock_that_is_wrong_is_told_each_time_but_not_in_a_flood_and_obeyed_now(caplog):
    async def act(session):
        sent = [
            reply
            for tag in (ntp(WALL_S + 3600.0), ntp(WALL_S - 5.0), 2**64 - 1)
            for reply in session.timed(tag, ("/tension", 0.5))
        ]
        assert [(target, address, args[0]) for target, address, args in sent] == [(HOME, "/warning", "/tension")] * 3
        assert [at for _, _, at in session.stage.received] == [None] * 3
        assert [line for line in caplog.messages if "time tag" in line] == [
            "OSC /tension from 127.0.0.1: time tag is 3.6e+03 s ahead (at most 10): taken now; check the sender's clock"
        ]
        flood = [reply for _ in range(100) for reply in session.timed(ntp(WALL_S - 60.0), ("/tension", 0.6))]
        assert len(sent) + len(flood) == WARNINGS_PER_S
        assert session.timed(ntp(WALL_S - 60.0), ("/tension", 0.6), sender=(HOME[0], 5001))  # another program
        await rest(1.0)
        assert session.timed(ntp(WALL_S - 60.0), ("/tension", 0.6))

    play(act)


@pytest.mark.parametrize(
    ("address", "args"),
    [
        ("/rejected", ("/x", "no such address")),
        ("/state/tension", (0.5,)),
        ("/pong", (1,)),
        ("/synced", (1,)),
        ("/status", ("playing", 1)),
        ("/bar", (3,)),
        ("/warning", ("/x", "y")),
    ],
)
def test_our_own_words_echoed_back_are_ignored(address, args):
    async def act(session):
        assert session.send(address, *args) == []
        assert session.surface.ignored == 1
        assert session.stage.received == []

    play(act)


def test_a_partner_that_mirrors_everything_falls_silent():
    async def act(session):
        rounds = (
            session.send("/subscribe") + session.send("/nonsense") + session.send("/ping") + session.send("/status")
        )
        assert rounds
        for _, address, args in rounds:
            assert session.packet(encode(address, args)) == []

    play(act)


def test_state_is_told_sixty_times_a_second_at_most_and_the_last_value_always():
    async def act(session):
        session.send("/subscribe", "{tension,bar}")
        heard = []
        for n in range(1001):
            heard += session.send("/tension", n / 1000)
            await rest(0.001)
        await rest(0.1)
        heard += session.wire.take()
        assert 55 <= len(heard) <= 62
        assert heard[-1] == (HOME, "/state/tension", (1.0,))
        for n in range(10):
            session.stage.announce("/bar", n)
        assert len(session.wire.take()) == 10  # events are never thinned

    play(act)


def test_who_cannot_be_reached_harms_nobody():
    async def act(session):
        gone, there = ("127.0.0.9", 1), ("127.0.0.8", 1)
        for target in (gone, there):
            session.send("/subscribe", "bar", sender=target)
        session.wire.refuse.add(gone)
        session.stage.announce("/bar", 1)
        assert session.wire.take() == [(there, "/bar", (1,))]
        assert session.surface.dropped == 1

    play(act)


def test_hosts_that_have_not_paired_make_music_and_nothing_else():
    async def act(session):
        assert session.send("/tension", 0.5, sender=AWAY) == []
        assert session.send("/get", "tension", sender=AWAY) == [(AWAY, "/state/tension", (0.5,))]
        for address, args in (("/seed", (1,)), ("/scene", ("first",)), ("/voice/lead/expert", ("rules",))):
            ((target, _, (_, reason)),) = session.send(address, *args, sender=AWAY)
            assert target == AWAY
            assert "paired" in reason
        assert session.stage.state()["tension"] == (0.5,)
        assert [address for address, _, _ in session.stage.received] == ["/tension"]
        assert session.send("/seed", 7) == []

    play(act)


def test_what_is_refused_stands_in_the_log_once_a_second(caplog):
    async def act(session):
        for _ in range(3):
            session.send("/seed", 1, sender=AWAY)  # a remote control that does not listen
        await rest(1.0)
        session.send("/tension", 7.0)
        assert [
            (line.levelname, line.getMessage()[:30]) for line in caplog.records if "OSC /" in line.getMessage()
        ] == [
            ("WARNING", "OSC /seed from 192.168.1.20: not for hosts that have not paired"[:30]),
            ("INFO", "OSC /tension from 127.0.0.1: value 7 is out of range"[:30]),
        ]

    with caplog.at_level(logging.INFO):
        play(act)


def test_paired_hosts_may_do_everything():
    async def act(session):
        assert session.send("/seed", 7, sender=AWAY) == []
        assert session.stage.state()["seed"] == (7,)
        assert session.send("/seed", 7, sender=("192.168.1.21", 1))

    play(act, paired=lambda host: host == AWAY[0])


def test_other_machines_are_not_flooded():
    async def act(session):
        sent = [reply for _ in range(100) for reply in session.send("/subscribe", sender=AWAY)]
        assert len(sent) == REPLIES_PER_S
        assert session.surface.dropped > 0

    play(act)


def test_memory_is_bounded_whatever_hosts_come():
    async def act(session):
        for n in range(3000):
            session.send("/nonsense", sender=(f"10.0.{n // 250}.{n % 250}", n + 1))
        surface = session.surface
        for limiter in (surface._refusals.away, surface._warnings, surface._replies):
            assert len(limiter._windows) <= 256

    play(act)


def test_the_next_main_tells_on_whom_this_one_told(tmp_path):
    there = (HOME[0], 9001)

    async def first(session):
        session.send("/subscribe", 9001, "{tension,bar}")
        session.send("/subscribe", sender=AWAY)
        session.send("/unsubscribe", sender=AWAY)

    async def next_one(session):
        assert session.wire.take() == [(there, "/state/tension", (pytest.approx(0.2),))]
        session.stage.announce("/bar", 3)
        assert session.wire.take() == [(there, "/bar", (3,))]
        session.send("/unsubscribe")  # from the socket that subscribed
        session.stage.announce("/bar", 4)
        assert session.wire.take() == []

    play(first, kept=Kept(tmp_path / "kept"))
    play(next_one, kept=Kept(tmp_path / "kept"))


def test_closing_ends_listening_and_waiting_news():
    async def act(session):
        session.send("/subscribe", "tension")
        session.send("/tension", 0.3)
        session.send("/tension", 0.4)
        session.wire.take()
        session.surface.close()
        await rest(1.0)
        session.stage.announce("/bar", 1)
        assert session.wire.sent == []
        assert session.wire.closed

    play(act)


def test_virtual_time_is_what_the_surface_reads():
    async def act(session):
        await rest(2.5)
        assert session.surface.now() == virtual.now() == 2.5

    play(act)
