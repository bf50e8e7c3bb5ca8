"""Survey: which MIDI systems this machine has, which ports, what is missing and how to get it.

JACK's library can hang on a frozen server: it is asked in a process of its own, for PROBE_S at most.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

PROBE_S: Final = 3.0
MARK: Final = "survey:"  # libraries write to stdout as well


class Backend(msgspec.Struct, frozen=True):
    """One MIDI system.

    name: jack alsa core windows none. works: whether ports can be opened now.  detail: what is missing, in words; fix: what
    to do about it.  outputs, inputs: names of the existing ports that others offer.
    """

    name: str
    works: bool
    detail: str = ""
    fix: str = ""
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


class Survey(msgspec.Struct, frozen=True):
    """What there is; chosen: what `midi.backend: auto` would take (jack, rtmidi or none)."""

    backends: tuple[Backend, ...]
    chosen: str


def survey(jack_server: str | None = None) -> Survey:
    """Look around; takes at most 2 * PROBE_S and never raises."""
    jack = _ask(f"probe_jack({jack_server!r})", "jack", "the JACK server does not answer", "restart it")
    system = _ask("probe_rtmidi()", "rtmidi", "the system's MIDI does not answer", "restart its service")
    works = {backend.name for backend in (*jack, *system) if backend.works}
    chosen = "jack" if "jack" in works else "rtmidi" if works else "none"
    return Survey((*jack, *system), chosen)


def _ask(call: str, name: str, hung: str, fix: str) -> tuple[Backend, ...]:
    code = f"from server.drivers import ports; print(ports.MARK + ports.as_json(ports.{call}))"
    try:
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PROBE_S, check=False)
    except subprocess.TimeoutExpired:
        return (Backend(name, works=False, detail=hung, fix=fix),)
    for line in answer.stdout.decode(errors="replace").splitlines():
        if line.startswith(MARK):
            return msgspec.json.decode(line[len(MARK) :], type=tuple[Backend, ...])
    trouble = answer.stderr.decode(errors="replace").strip().splitlines() or [f"exit {answer.returncode}"]
    return (Backend(name, works=False, detail=f"its library fails: {trouble[-1]}", fix="reinstall it"),)


def as_json(backends: tuple[Backend, ...]) -> str:
    """Return the answer of a probe on one line."""
    return json.dumps(msgspec.to_builtins(backends))


def probe_jack(server: str | None) -> tuple[Backend, ...]:
    """Ask JACK; may hang, runs in a process of its own."""
    try:
        import jack
    except OSError:
        fix = "Debian: apt install jackd2 (or pipewire-jack); macOS: brew install jack"
        return (Backend("jack", works=False, detail="libjack is not installed", fix=fix),)
    try:
        client = jack.Client("melody-engine-ports", no_start_server=True, servername=server)
    except jack.JackError:
        which = f"JACK server {server!r}" if server else "JACK server"
        fix = "start one: jackd -d alsa, qjackctl, or `pw-jack` on a PipeWire system"
        return (Backend("jack", works=False, detail=f"no {which} runs", fix=fix),)
    ports = client.get_ports(is_midi=True)
    outputs = tuple(port.name for port in ports if port.is_output)
    inputs = tuple(port.name for port in ports if port.is_input)
    detail = f"{client.samplerate} Hz, {client.blocksize} frames a period"
    client.close()
    return (Backend("jack", works=True, detail=detail, outputs=inputs, inputs=outputs),)


def probe_rtmidi() -> tuple[Backend, ...]:
    """Ask the MIDI systems that RtMidi was built for, but for JACK, which is asked above."""
    import rtmidi

    names = {rtmidi.API_LINUX_ALSA: "alsa", rtmidi.API_MACOSX_CORE: "core", rtmidi.API_WINDOWS_MM: "windows"}
    found = []
    for api in rtmidi.get_compiled_api():
        if api not in names:
            continue
        try:
            outputs, inputs = rtmidi.MidiOut(rtapi=api).get_ports(), rtmidi.MidiIn(rtapi=api).get_ports()
        except (rtmidi.RtMidiError, OSError) as error:
            found.append(Backend(names[api], works=False, detail=_why(names[api], str(error)), fix=_fix(names[api])))
        else:
            found.append(Backend(names[api], works=True, outputs=tuple(outputs), inputs=tuple(inputs)))
    return tuple(found)


def _why(name: str, error: str) -> str:
    if name == "alsa" and not Path("/dev/snd/seq").exists():
        return "no ALSA sequencer: /dev/snd/seq does not exist"
    return error


def _fix(name: str) -> str:
    if name == "alsa":
        return "modprobe snd-seq (a kernel without sound, as in containers, cannot); or use JACK"
    return "see the system's MIDI settings"
