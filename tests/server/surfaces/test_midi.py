import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock.midi import MidiClockFollower
from server.player.messages import MidiIn, Retime, Start
from server.surfaces.midi import MidiSurface
from server.surfaces.midimap import Binding, MidiMap
from server.timeline import Timeline
from tests.server import virtual


class Keeper:
    """A stage that keeps what came."""

    def __init__(self):
        self.received, self.held, self.sweeps = [], [], {}

    def receive(self, address, args, *, at=None, sweep=False):
        self.received.append((address, tuple(args)))
        self.sweeps[address] = sweep

    def hold_chord(self, pitches):
        self.held.append(tuple(pitches))


def played(*turns, config=None, **more):
    """Feed each turn's messages within one turn of the loop; return the stage and the surface."""

    async def session():
        stage = Keeper()
        surface = MidiSurface(config or MidiMap(), stage, **more)
        for turn in turns:
            for data in turn:
                surface.take(MidiIn(virtual.now(), bytes(data)))
            await virtual.passing()
        return stage, surface

    return virtual.run(session())


def on(number, channel=0, velocity=100):
    return [0x90 | channel, number, velocity]


def off(number, channel=0):
    return [0x80 | channel, number, 64]


def cc(number, value, channel=0):
    return [0xB0 | channel, number, value]


def test_a_reset_lets_every_key_go():
    stage, _ = played([on(57), on(60), on(64)], [[0xFF]], [off(57)], [on(62)])
    assert stage.held == [(57, 60, 64), (), (62,)]


def test_held_notes_are_the_chord_until_all_are_released():
    stage, _ = played(
        [on(57), on(60), on(64)], [off(60)], [on(57, velocity=0), off(64)], [on(62, channel=3)], [off(62, channel=3)]
    )
    assert stage.held == [(57, 60, 64), (57, 64), (), (62,), ()]


def test_the_pedal_holds_what_was_released_under_it():
    stage, _ = played(
        [on(57), on(60)], [cc(64, 127)], [off(57), off(60)], [on(64)], [off(64), on(57)], [cc(64, 0)], [off(57)]
    )
    assert stage.held == [(57, 60), (57, 60, 64), (57,), ()]


def test_the_pedal_of_another_channel_holds_nothing():
    stage, _ = played([on(57), cc(64, 127, channel=1)], [off(57)])
    assert stage.held == [(57,), ()]


def test_a_note_played_twice_counts_once_and_repeats_are_silent():
    stage, _ = played([on(57)], [on(57)], [on(57, channel=1)], [off(57)], [off(57, channel=1)])
    assert stage.held == [(57,), ()]


def test_keys_and_channels_outside_the_map_are_ignored():
    config = MidiMap(low_note=48, high_note=72, notes_channel=2)
    stage, _ = played([on(60), on(60, channel=1), on(47, channel=1), on(73, channel=1)], config=config)
    assert stage.held == [(60,)]
    stage, _ = played([on(60)], config=MidiMap(chords=False))
    assert stage.held == []


@pytest.mark.parametrize(
    "message,expected",
    [
        (cc(1, 127), ("/tension", (1.0,))),
        (cc(1, 0), ("/tension", (0.0,))),
        (cc(16, 127), ("/voice/lead/level", (1.0,))),
        (cc(20, 0), ("/voice/drums/level", (0.0,))),
        (cc(21, 127, channel=9), ("/density", (1.0,))),
        (cc(22, 0), ("/variation", (0.0,))),
        ([0xC0, 3], ("/section", (3,))),
        (cc(120, 0), ("/panic", ())),
        (cc(123, 0), ("/panic", ())),
    ],
)
def test_the_default_map(message, expected):
    stage, _ = played([message])
    assert stage.received == [expected]


def test_mutes_switch_at_64():
    stage, _ = played([cc(102, 64), cc(106, 63)])
    (lead, (high,)), (drums, (low,)) = stage.received
    assert (lead, drums) == ("/voice/lead/mute", "/voice/drums/mute")
    assert low < 0.5 <= high


def test_a_flood_within_one_turn_costs_one_command_with_the_last_value():
    stage, _ = played([cc(1, n % 128) for n in range(10_000)] + [cc(21, 127)] + [cc(1, 127)])
    assert stage.received == [("/density", (1.0,)), ("/tension", (1.0,))]


def test_panic_on_all_channels_is_one_panic_and_forgets_the_keys():
    stage, _ = played([on(60)], [cc(123, 0, channel=n) for n in range(16)])
    assert stage.received == [("/panic", ())]
    assert stage.held == [(60,), ()]


def test_buttons_are_pressed_where_the_value_rises():
    config = MidiMap([Binding(40, "again"), Binding(41, "stop", channel=1)])
    stage, _ = played(
        [cc(40, 127)], [cc(40, 127)], [cc(40, 0)], [cc(40, 100)], [cc(41, 127, channel=1)], [cc(41, 127)], config=config
    )
    assert stage.received == [("/again", ()), ("/again", ()), ("/stop", ())]


def test_the_clock_goes_to_the_follower_and_to_nobody_without_one():
    actions = []
    follower = MidiClockFollower(Timeline(120, 0, 0))
    stage, _ = played([[0xFA], [0xF8]], [[0xF8]] * 40, follower=follower, on_clock=actions.append)
    assert isinstance(actions[0], Start)
    assert all(isinstance(action, Start | Retime) for action in actions)
    stage, surface = played([[0xFA], [0xF8], [0xF2, 1, 1]])
    assert stage.received == []
    assert surface.malformed == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"\x40", b"\x90\x40", b"\x90\x40\x40\x41", b"\x90\x80\x40", b"\xf2\x01", b"\xf4", b"\xf0\x01", b"\xfd\x01"],
)
def test_malformed_bytes_are_counted_and_ignored(data):
    stage, surface = played([data])
    assert surface.malformed == 1
    assert stage.received == stage.held == []


def test_messages_we_have_no_use_for_are_not_malformed():
    _, surface = played(
        [b"\xe0\x01\x02", b"\xd0\x01", b"\xa0\x01\x01", b"\xf0\x01\x02\xf7", b"\xf6", b"\xfe", b"\xf1\x01"]
    )
    assert surface.malformed == 0


@given(st.lists(st.binary(max_size=6), max_size=50))
def test_any_bytes_do_no_harm_and_a_valid_message_behind_them_is_heard(messages):
    stage, _ = played(messages, [cc(1, 127)], follower=MidiClockFollower(Timeline(120, 0, 0)))
    assert stage.received[-1] == ("/tension", (1.0,))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(60, 63)), max_size=40))
def test_when_every_key_is_up_the_chord_is_gone(moves):
    ups = [[off(n, c) for c in range(3) for n in range(60, 64)]]
    stage, _ = played(*([on(n, c) if press else off(n, c)] for press, c, n in moves), *ups)
    assert not stage.held or stage.held[-1] == ()


def test_knobs_sweep_and_switches_do_not():
    stage, _ = played([cc(1, 64), cc(102, 127)])
    assert stage.sweeps == {"/tension": True, "/voice/lead/mute": False}


def test_a_key_let_go_that_was_pressed_before_our_time_is_no_news():
    stage, _ = played([cc(1, 64)], [off(60)])
    assert stage.held == []


def test_keys_and_pedals_that_nobody_heard_go_up_are_forgotten():
    async def session():
        stage = Keeper()
        surface = MidiSurface(MidiMap(), stage)
        for turn in ([on(57), cc(64, 127), on(60), off(60)], None, [on(62)], [off(62)]):
            if turn is None:
                surface.forget_keys()
            for data in turn or ():
                surface.take(MidiIn(virtual.now(), bytes(data)))
            await virtual.passing()
        return stage

    assert virtual.run(session()).held == [(57, 60), (), (62,), ()]
