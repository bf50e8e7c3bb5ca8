import json
import logging

import pytest

from engines.control.tree import PARAMETERS
from server.surfaces.osc.encode import encode, encode_bundle
from server.surfaces.osc.news import STATE_INTERVAL_S
from server.surfaces.osc.packet import decode
from server.web.oscquery import HostInfo, OscQuery
from server.web.oscquerysession import BYTES_PER_S, MAX_FRAME_BYTES, OscQuerySession
from tests.server import virtual
from tests.server.fake_stage import LEXICON, FakeStage
from tests.server.web.test_oscquery import Changing
from tools.hostile_osc import HOSTILE


class Client:
    """The other end of a session: what it says, and what it has been sent."""

    def __init__(self, stage, *, paired=True):
        self.texts, self.packets = [], []
        names = getattr(stage, "lexicon_now", lambda: LEXICON)
        self.query = query = OscQuery(stage, names, HostInfo("x", 1))
        self.session = OscQuerySession(query, self.texts.append, self.packets.append, paired=paired, now=virtual.now)

    def say(self, command, data):
        self.session.text(json.dumps({"COMMAND": command, "DATA": data}))
        return self.heard()

    def send(self, address, *args):
        self.session.binary(encode(address, args))
        return self.heard()

    def heard(self):
        """What has been sent since the last look, as (address, args)."""
        packets = [message for packet in self.packets for message in decode(packet)]
        self.packets.clear()
        return [(message.address, message.args) for message in packets]


def play(act, *, stage=None, **options):
    async def run():
        our_stage = stage or FakeStage()
        client = Client(our_stage, **options)
        try:
            return await act(client, our_stage)
        finally:
            client.session.close()
            assert not our_stage._listeners

    return virtual.run(run())


def test_who_listens_hears_the_value_at_once_and_whenever_it_changes():
    async def act(client, stage):
        ((address, (value,)),) = client.say("LISTEN", "/tension")
        assert address == "/tension" and value == pytest.approx(0.2)
        await virtual.passing(1.0)
        stage.receive("/tension", [0.5])
        assert client.heard() == [("/tension", (0.5,))]
        stage.receive("/density", [0.25])
        stage.receive("/tension", [0.5])
        assert client.heard() == []

    play(act)


def test_who_ignores_hears_nothing_more():
    async def act(client, stage):
        client.say("LISTEN", "/tension")
        stage.receive("/tension", [0.75])  # waits for its turn
        client.say("IGNORE", "/tension")
        stage.receive("/tension", [0.5])
        await virtual.passing(1.0)
        assert client.heard() == []

    play(act)


def test_aliases_are_heard_under_the_name_that_was_asked_for():
    async def act(client, stage):
        client.say("LISTEN", "/bpm")
        client.say("LISTEN", "/tempo")
        await virtual.passing(1.0)
        stage.receive("/tempo", [100])
        assert sorted(client.heard()) == [("/bpm", (100.0,)), ("/tempo", (100.0,))]

    play(act)


def test_values_come_at_most_sixty_times_a_second_and_the_last_is_never_lost():
    async def act(client, stage):
        client.say("LISTEN", "/tension")
        for step in range(1000):
            stage.receive("/tension", [step / 1000])
            await virtual.passing(0.001)
        await virtual.passing(STATE_INTERVAL_S)
        heard = client.heard()
        assert len(heard) <= 1.0 / STATE_INTERVAL_S + 2
        assert heard[-1][1][0] == pytest.approx(0.999)

    play(act)


def test_an_expert_is_heard_as_its_type_says():
    async def act(client, stage):
        client.say("LISTEN", "/voice/lead/expert")
        await virtual.passing(1.0)
        stage.receive("/voice/lead/expert", ["gru", "2"])
        assert client.heard() == [("/voice/lead/expert", ("gru",))]

    play(act)


@pytest.mark.parametrize("data", ["/no/such", "/play", "/voice", 7, None, ["/tension"]])
def test_where_there_is_nothing_to_listen_to_the_client_is_told(data):
    async def act(client, _stage):
        ((address, (_, reason)),) = client.say("LISTEN", data)
        assert address == "/rejected" and "nothing to listen to" in reason

    play(act)


def test_listening_to_everything_again_and_again_is_remembered_once():
    async def act(client, stage):
        for _ in range(3):
            for parameter in PARAMETERS:
                client.say("LISTEN", f"/{parameter.path}")
        await virtual.passing(1.0)
        client.heard()
        stage.receive("/density", [0.125])
        assert client.heard() == [("/density", (0.125,))]

    play(act)


def test_a_binary_frame_is_a_command():
    async def act(client, stage):
        assert client.send("/tension", 0.5, 8) == []
        assert stage.received == [("/tension", (0.5, 8), None)]
        client.session.binary(encode_bundle([encode("/density", (0.25,)), encode("/swing", (0.5,))]))
        assert [address for address, _, _ in stage.received[1:]] == ["/density", "/swing"]

    play(act)


def test_a_refused_command_is_told_to_its_sender():
    async def act(client, _stage):
        ((address, (where, reason)),) = client.send("/tension", 7.0)
        assert (address, where) == ("/rejected", "/tension") and "out of range" in reason

    play(act)


def test_questions_are_answered_on_the_same_wire():
    async def act(client, _stage):
        assert client.send("/ping", 7) == [("/pong", (7,))]
        assert client.send("/get", "section") == [("/state/section", ("intro",))]
        assert client.send("/sync", 3) == [("/synced", (3,))]

    play(act)


def test_who_has_not_paired_makes_music_and_nothing_else():
    async def act(client, stage):
        for parameter in PARAMETERS:
            if not parameter.shared:
                ((address, (_, reason)),) = client.send(f"/{parameter.path}")
                assert address == "/rejected" and "paired" in reason
                await virtual.passing(1.0)
        assert stage.received == []
        assert client.send("/section", "drop") == []
        assert stage.state()["section"] == ("drop",)
        assert client.say("LISTEN", "/voice/lead/expert") != []

    play(act, paired=False)


def test_other_names_are_told():
    async def act(client, stage):
        stage.receive("/genre", ["techno"])
        assert [json.loads(text) for text in client.texts] == [{"COMMAND": "PATH_CHANGED", "DATA": "/section"}]

    play(act, stage=Changing())


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"DATA": "/tension"}', '{"COMMAND": 1}', "\ud800"])
def test_what_is_no_request_is_refused(text):
    async def act(client, stage):
        client.session.text(text)
        ((address, (_, reason)),) = client.heard()
        assert address == "/rejected" and "LISTEN" in reason
        assert stage.counts["rejected"] == 1

    play(act)


def test_a_command_that_we_do_not_know_is_passed_over():
    async def act(client, stage):
        assert client.say("START_OSC_STREAMING", {"LOCAL_SERVER_PORT": 1}) == []
        assert stage.counts["rejected"] == 0

    play(act)


def test_hostile_packets_do_no_harm():
    async def act(client, stage):
        for packet, _ in HOSTILE.values():
            client.session.binary(packet)
            await virtual.passing(1.0)
        client.heard()
        assert client.send("/ping") == [("/pong", ())]

    play(act)


def test_more_than_the_bounds_is_dropped_and_logged_once_a_second(caplog):
    async def act(client, stage):
        packet = encode("/tension", (0.5,))
        with caplog.at_level(logging.WARNING):
            client.session.binary(encode("/chords", ("C" * MAX_FRAME_BYTES,)))
            assert stage.received == []
            for _ in range(BYTES_PER_S):
                client.session.binary(packet)
            assert 0 < len(stage.received) * len(packet) < BYTES_PER_S
            client.session.text('{"COMMAND": "LISTEN", "DATA": "/tension"}')
        assert client.heard() == []
        assert len([r for r in caplog.records if "dropped" in r.message]) == 1
        await virtual.passing(1.0)
        assert client.say("LISTEN", "/tension")

    play(act)


def test_after_its_end_a_session_says_nothing():
    async def act(client, stage):
        client.say("LISTEN", "/tension")
        stage.receive("/tension", [0.75])
        client.session.close()
        client.session.close()
        stage.receive("/tension", [0.5])
        await virtual.passing(1.0)
        assert client.heard() == [] and client.texts == []

    play(act)


def test_the_log_has_one_line_a_second_however_often_a_client_comes_back(caplog):
    async def act(client, _stage):
        with caplog.at_level(logging.WARNING):
            for _ in range(20):
                session = OscQuerySession(client.query, [].append, [].append, paired=False, now=virtual.now)
                session.binary(b"bad")
                session.binary(bytes(MAX_FRAME_BYTES + 4))
                session.close()
        assert len([r for r in caplog.records if "bad OSC packet" in r.message]) == 1
        assert len([r for r in caplog.records if "dropped" in r.message]) == 1

    play(act)
