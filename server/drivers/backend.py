"""Which MIDI system the player uses: JACK where a server runs, else the system's own, else none."""

import contextlib
import os
from pathlib import Path

from server.parts import turn
from server.player.config import INPUT, PORTS, Boot
from server.player.intake import Intake
from server.player.messages import PortState
from server.player.sink import NoSink, NoTape, Sink, Tape
from server.recording import sounds

PROBE_S = 1.5


def open_sink(boot: Boot, intake: Intake) -> Sink:
    """Open the configured MIDI system; never raises: what is missing is told by the states of the ports."""
    wanted = boot.midi.backend
    if boot.midi.jack_server is not None:
        os.environ["JACK_DEFAULT_SERVER"] = boot.midi.jack_server  # RtMidi's JACK knows no other way
    if wanted == "none":
        return _nothing("none", "switched off (midi.backend: none)")
    jack = _open_jack(boot, intake) if wanted != "rtmidi" else "not asked for"
    if not isinstance(jack, str) and (_found(jack) or wanted == "jack" or boot.connections):
        return jack
    system = _open_rtmidi(boot, intake) if wanted != "jack" else "not asked for"
    if not isinstance(system, str):
        if not isinstance(jack, str):
            jack.close()
        return system
    if not isinstance(jack, str):
        return jack  # goes on looking for a server
    return _nothing(wanted, system if wanted == "rtmidi" else f"{jack}; {system}")


def open_tape(boot: Boot) -> Tape:
    """Open the recorder, if a recording is wanted; law: a show that is there already is not lost, but set aside."""
    if boot.record is None:
        return NoTape()
    if not boot.again:
        _set_aside(Path(boot.record), boot.parts.keep)
    from server.drivers.recorder import Recorder

    return Recorder(boot.record, again=boot.again, parts=boot.parts)


def _set_aside(path: Path, keep: int | None) -> None:
    """Give a file in which something sounds a number, as a full one has it."""
    with contextlib.suppress(OSError):  # there is none; or nothing can be written here, which the recorder will tell
        if sounds(path.read_bytes()):
            turn(path, keep)


def _found(jack: Sink) -> bool:
    return bool(jack.opened(PROBE_S))  # type: ignore[attr-defined]


def _open_jack(boot: Boot, intake: Intake) -> Sink | str:
    try:
        from server.drivers.jack import JackSink
    except OSError:
        return "libjack is not installed (Debian: libjack-jackd2-0)"
    return JackSink(boot.midi, intake, boot.connections, boot.held)


def _open_rtmidi(boot: Boot, intake: Intake) -> Sink | str:
    try:
        from server.drivers.rtmidi import MissingError, RtMidiSink
    except ImportError:
        return "python-rtmidi is not installed (pip install python-rtmidi)"
    try:
        return RtMidiSink(boot.midi, intake, boot.held)
    except MissingError as error:
        return str(error)


def _nothing(backend: str, detail: str) -> NoSink:
    return NoSink(tuple(PortState(name, backend, "missing", detail) for name in (*PORTS, INPUT)))
