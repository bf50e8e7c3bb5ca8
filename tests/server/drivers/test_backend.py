import pytest

from engines.note import Note
from server.drivers import backend
from server.drivers.backend import open_sink, open_tape
from server.drivers.recorder import Recorder
from server.parts import older
from server.player.config import Boot, MidiConfig
from server.player.intake import Intake
from server.player.messages import PortState
from server.player.sink import NoSink, NoTape


class Jack(NoSink):
    found, gone = True, False

    def opened(self, _timeout):
        return self.found

    def close(self):
        self.gone = True


def choose(monkeypatch, wanted, *, jack, system, connections=()):
    """What is opened when JACK has a server (True), has none (False), is not installed (None), and likewise."""
    sink = Jack((PortState("lead", "jack", "missing", "no server"),))
    sink.found = bool(jack)
    monkeypatch.setattr(backend, "_open_jack", lambda *_: "no libjack" if jack is None else sink)
    monkeypatch.setattr(backend, "_open_rtmidi", lambda *_: "rtmidi" if system else "no sequencer")
    rtmidi = NoSink((PortState("lead", "rtmidi", "open"),))
    monkeypatch.setattr(backend, "_open_rtmidi", lambda *_: rtmidi if system else "no sequencer")
    chosen = open_sink(Boot(MidiConfig(backend=wanted), connections=connections), Intake(lambda: None))
    return chosen.states()[0].backend, chosen.states()[0].detail, sink.gone


@pytest.mark.parametrize(
    ("wanted", "jack", "system", "backend_name", "detail"),
    [
        ("auto", True, True, "jack", "no server"),
        ("auto", False, True, "rtmidi", ""),
        ("auto", None, True, "rtmidi", ""),
        ("auto", False, False, "jack", "no server"),  # goes on looking for one
        ("auto", None, False, "auto", "no libjack; no sequencer"),
        ("jack", False, True, "jack", "no server"),
        ("jack", None, True, "jack", "no libjack; not asked for"),
        ("rtmidi", True, False, "rtmidi", "no sequencer"),
        ("rtmidi", True, True, "rtmidi", ""),
        ("none", True, True, "none", "switched off (midi.backend: none)"),
    ],
)
def test_choice(monkeypatch, wanted, jack, system, backend_name, detail):  # noqa: PLR0917
    assert choose(monkeypatch, wanted, jack=jack, system=system)[:2] == (backend_name, detail)


def test_a_player_that_was_on_jack_stays_on_jack(monkeypatch):
    assert choose(monkeypatch, "auto", jack=False, system=True, connections=(("a", "b"),))[0] == "jack"


def test_jack_is_closed_when_it_is_not_taken(monkeypatch):
    assert choose(monkeypatch, "auto", jack=False, system=True)[2]


def test_tape(tmp_path):
    assert isinstance(open_tape(Boot(MidiConfig())), NoTape)
    tape = open_tape(Boot(MidiConfig(), str(tmp_path / "a.mid")))
    assert isinstance(tape, Recorder)
    tape.close()
    assert (tmp_path / "a.mid").exists()


def recorded(path, *, again=False, pitches=()):
    tape = open_tape(Boot(MidiConfig(), str(path), again))
    tape.start(0, 120.0)
    for pitch in pitches:
        tape.press(0, "lead", Note(0, 100, pitch, 90))
        tape.release(100, "lead", pitch)
    tape.close()


def test_a_show_that_is_there_already_is_set_aside_and_one_without_a_note_is_not(tmp_path):
    path = tmp_path / "show.mid"
    shows = []
    for pitches in ((60,), (), (62,), (64,)):
        recorded(path, pitches=pitches)
        shows.append(path.read_bytes())
    assert [part.read_bytes() for part in older(path)] == [shows[0], shows[2]]
    assert path.read_bytes() == shows[3]
    recorded(path, again=True, pitches=(65,))
    assert len(older(path)) == 2
    assert path.read_bytes() != shows[3]


@pytest.mark.parametrize("found", [b"no music at all", b"MThd" + bytes(30)])
def test_what_is_no_recording_is_set_aside_too(tmp_path, found):
    path = tmp_path / "show.mid"
    path.write_bytes(found)
    recorded(path)
    assert [part.read_bytes() for part in older(path)] == [found]
    assert path.read_bytes()[:4] == b"MThd"
