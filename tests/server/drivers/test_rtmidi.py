import os

import pytest

from server.drivers import rtmidi as driver
from server.drivers.rtmidi import MissingError, RtMidiSink, find, working_api
from server.player.config import PORTS, MidiConfig
from server.player.intake import RESET, Intake
from server.player.wire import press, release


class Device:
    """An output or input of a fake RtMidi."""

    existing = ["loopMIDI Port 1", "Synth"]
    virtual = True
    broken = set()
    all = {}

    def __init__(self, rtapi=0, name=""):
        if rtapi in self.broken:
            raise driver.rtmidi.SystemError("no /dev/snd/seq")
        self.api, self.sent, self.port, self.dead, self.callback = rtapi, [], None, False, None

    def get_ports(self):
        return self.existing

    def open_virtual_port(self, name):
        if not self.virtual:
            raise NotImplementedError
        return self._open(name)

    def open_port(self, index, name):
        return self._open(name, self.existing[index])

    def _open(self, name, target=None):
        self.port, self.target = name, target
        self.all[name] = self
        return self

    def send_message(self, data):
        if self.dead:
            raise driver.rtmidi.SystemError("gone")
        self.sent.append(data)

    def ignore_types(self, **_):
        pass

    def set_callback(self, callback):
        self.callback = callback

    def close_port(self):
        self.port = None

    def delete(self):
        pass


@pytest.fixture
def system(monkeypatch):
    class System(Device):
        all, broken = {}, {2}

    monkeypatch.setattr(driver.rtmidi, "MidiOut", System)
    monkeypatch.setattr(driver.rtmidi, "MidiIn", System)
    monkeypatch.setattr(driver.rtmidi, "get_compiled_api", lambda: [2, 3])
    monkeypatch.setattr(driver, "RETRY_S", 0.01)
    return System


def opened(config=None, held=()):
    return RtMidiSink(config or MidiConfig(backend="rtmidi"), Intake(lambda: None), held)


def states(sink):
    return {port.name: port.state for port in sink.states()}


def test_the_first_system_that_works_is_taken(system):
    assert working_api("x") == 3
    system.broken = {2, 3}
    with pytest.raises(MissingError, match="modprobe"):
        working_api("x")


def test_messages_go_when_they_are_due_in_order_of_time(system):
    sink = opened()
    assert set(states(sink).values()) == {"open"}
    sink.send("lead", 2.0, release(0, 60))
    sink.send("bass", 1.0, press(0, 40, 90))
    sink.flush(0.5)
    assert sink.due() == 1.0
    sink.flush(1.0)
    assert system.all["bass"].sent[-1] == press(0, 40, 90)
    assert sink.due() == 2.0
    sink.close()


def test_a_port_is_reset_when_it_opens_and_releases_what_was_held(system):
    sink = opened(held=(("lead", 60),))
    sink.flush(0.0)
    assert system.all["lead"].sent == [release(0, 60), b"\xb0\x40\x00", b"\xb0\x7b\x00"]
    assert system.all["combined"].sent[0] == release(0, 60)
    sink.close()


def test_a_device_that_goes_is_told_and_comes_back_silent(system):
    sink = opened()
    sink.flush(0.0)
    sink.send("lead", 0.0, press(0, 60, 90))
    sink.flush(0.0)
    first = system.all["lead"]
    first.dead = True
    sink.send("lead", 0.0, press(0, 61, 90))
    sink.flush(0.0)
    while states(sink)["lead"] != "open":
        assert states(sink)["lead"] == "waiting"
        sink._closing.wait(0.01)
    sink.flush(0.0)
    assert system.all["lead"] is not first
    assert release(0, 60) in system.all["lead"].sent
    sink.close()


def test_without_virtual_ports_it_says_which_exist_and_takes_what_is_named(system):
    system.virtual = False
    sink = opened(MidiConfig(backend="rtmidi", out={"lead": "loopMIDI Port", "bass": "Sint"}, input="Synth"))
    detail = {port.name: port.detail for port in sink.states()}
    assert states(sink) == dict.fromkeys((*PORTS, "control"), "missing") | {"lead": "open", "control": "open"}
    assert "midi.out.drums" in detail["drums"]
    assert "Synth" in detail["drums"]
    assert "no MIDI port is called 'Sint'" in detail["bass"]
    assert system.all["lead"].target == "loopMIDI Port 1"
    sink.send("bass", 0.0, press(0, 60, 90))
    sink.flush(0.0)  # goes nowhere: never another port silently
    assert all(press(0, 60, 90) not in device.sent for device in system.all.values())
    sink.close()


def test_a_named_device_that_is_pulled_out_and_put_back_is_found_again(system):
    """ALSA takes what is sent to a device that is gone; put back, it may have another number."""
    system.existing = ["Synth:in 24:0", "Keys:out 28:0"]
    intake = Intake(lambda: None)
    sink = RtMidiSink(MidiConfig(backend="rtmidi", out={"lead": "Synth:in"}, input="Keys:out"), intake)
    sink.flush(0.0)
    sink.send("lead", 0.0, press(0, 60, 90))
    sink.flush(0.0)
    first = system.all["lead"]
    system.existing = ["Other:in 20:0"]
    until(sink, lead="waiting", control="waiting")
    assert first.port is None
    assert [message.data for message in intake.take()] == [bytes((RESET,))]
    sink.send("lead", 0.0, press(0, 64, 90))
    sink.flush(0.0)
    system.existing = ["Synth:in 32:0", "Keys:out 36:0"]
    until(sink, lead="open", control="open")
    sink.flush(0.0)
    again = system.all["lead"]
    assert (again.target, system.all["control"].target) == ("Synth:in 32:0", "Keys:out 36:0")
    assert again is not first
    assert release(0, 60) in again.sent
    assert states(sink)["bass"] == "open"  # a virtual port has no device that could go
    sink.close()


def until(sink, **wanted):
    for _ in range(1000):
        if all(states(sink)[name] == state for name, state in wanted.items()):
            return
        sink._closing.wait(0.01)
    raise AssertionError(states(sink))


def test_input_reaches_the_intake(system):
    intake = Intake(lambda: None)
    sink = RtMidiSink(MidiConfig(backend="rtmidi"), intake)
    system.all["control"].callback(([0x90, 60, 90], 0.0), None)
    assert [m.data for m in intake.take()] == [press(0, 60, 90)]
    sink.close()


def test_names_are_found_exactly_or_without_the_number_of_the_system():
    assert find("b", ["a", "b", "b 1"]) == 1
    assert find("loop", ["a", "loop 2"]) == 1
    assert find("Synth:in", ["Synth:in 128:0"]) == 0
    with pytest.raises(MissingError, match="there are: a, ab"):
        find("b", ["a", "ab"])
    with pytest.raises(MissingError, match="more than one"):
        find("a", ["a 1", "a 2"])
    with pytest.raises(MissingError, match="none"):
        find("a", [])


def test_what_a_failing_system_prints_by_itself_is_not_heard_and_what_we_say_is(monkeypatch, capfd):
    def complain(*_, **__):
        os.write(2, b"ALSA lib seq_hw.c:466:(snd_seq_hw_open) open /dev/snd/seq failed")
        raise OSError

    monkeypatch.setattr("server.drivers.rtmidi.rtmidi.MidiOut", complain)
    with pytest.raises(MissingError, match="no MIDI system answers"):
        working_api("x")
    os.write(2, b"we say")
    assert capfd.readouterr().err == "we say"
