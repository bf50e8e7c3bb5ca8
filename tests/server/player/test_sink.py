from engines.units import VOICES
from server.player.config import PORTS
from server.player.messages import PortState
from server.player.sink import CHANNELS, ROUTES, NoSink, NoTape


def test_routes_are_as_the_contract_says():
    assert {voice: ROUTES[voice][0] for voice in VOICES} == {
        "lead": ("lead", 0), "bass": ("bass", 0), "arp": ("arp", 0), "pad": ("pad", 0), "drums": ("drums", 9),
    }  # fmt: skip
    assert [ROUTES[voice][1] for voice in VOICES] == [("combined", channel) for channel in (0, 1, 2, 3, 9)]


def test_every_port_knows_its_channels():
    assert set(CHANNELS) == set(PORTS)
    assert CHANNELS["combined"] == (0, 1, 2, 3, 9)
    assert CHANNELS["clock"] == ()


def test_nothing_is_a_sink_that_tells_what_is_missing():
    state = PortState("lead", "none", "missing", "why")
    sink = NoSink((state,))
    sink.send("lead", 0.0, b"\x90\x3c\x40")
    sink.flush(0.0)
    assert (sink.due(), sink.states(), sink.connections()) == (None, (state,), ())
    assert NoTape().states() == ()
