import jack
import pytest

from server.drivers.jack import JackSink
from server.drivers.jacklink import _write
from server.drivers.port import Port
from server.player.config import MidiConfig
from server.player.intake import Intake
from server.player.wire import press, release

RATE = 48000.0


class Output:
    """A JACK port with room for a few messages a cycle."""

    def __init__(self, room=100):
        self.written, self.room = [], room

    def write_midi_event(self, offset, data):
        if len(self.written) >= self.room:
            raise jack.JackError("full")
        self.written.append((offset, data))


def test_each_message_is_written_at_its_frame_in_order():
    port, output = Port((0,)), Output()
    for frame, data in (
        (-50, press(0, 60, 9)),
        (3.5, press(0, 61, 9)),
        (127.5, release(0, 60)),
        (128.5, release(0, 61)),
    ):
        port.put(10.0 + frame / RATE, data)
    _write(port, output, 128, 10.0, 1 / RATE)
    assert output.written == [(0, press(0, 60, 9)), (3, press(0, 61, 9)), (127, release(0, 60))]
    assert len(port.waiting) == 1


def test_what_does_not_fit_is_written_in_the_next_cycle():
    port, first, second = Port((0,)), Output(room=1), Output()
    for pitch in (60, 61, 62):
        port.put(0.0, press(0, pitch, 9))
    _write(port, first, 128, 1.0, 1 / RATE)
    port.put(0.0, release(0, 60))
    _write(port, second, 128, 2.0, 1 / RATE)
    assert [data for _, data in second.written] == [press(0, 61, 9), press(0, 62, 9), release(0, 60)]


@pytest.fixture
def lonely():
    sink = JackSink(MidiConfig(backend="jack", jack_server="no-such-server"), Intake(lambda: None), (("a:b", "c:d"),))
    yield sink
    sink.close()


def test_without_a_server_it_says_so_and_loses_what_is_sent(lonely):
    assert not lonely.opened(5.0)
    state = lonely.states()[0]
    assert (state.name, state.backend, state.state) == ("lead", "jack", "missing")
    assert state.detail.endswith("start one (jackd, qjackctl, or PipeWire with pipewire-jack)")
    lonely.send("lead", 0.0, press(0, 60, 9))
    lonely.hurry()
    lonely.flush(0.0)
    assert lonely.due() is None
    assert not lonely._ports["lead"].waiting
    assert lonely.connections() == (("a:b", "c:d"),)
