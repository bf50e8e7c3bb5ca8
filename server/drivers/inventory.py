"""What MIDI this machine has, for server.drivers.ports; opens nothing that others would see for long."""

import msgspec

CLIENT = "melody-engine ports"


class System(msgspec.Struct, frozen=True):
    """One MIDI system: whether it works (detail says what is missing), where we can play to and hear from."""

    backend: str
    works: bool
    detail: str = ""
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


def jack_system(server: str | None) -> System:
    """Ask JACK; may hang when its server is frozen."""
    try:
        import jack
    except (ImportError, OSError):
        return System("jack", works=False, detail="libjack is missing (Debian: libjack-jackd2-0)")
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    try:
        client = jack.Client(CLIENT, no_start_server=True, servername=server)
    except jack.JackError:
        return System("jack", works=False, detail="no JACK server runs: start one (jackd, qjackctl, or PipeWire's)")
    with client:
        outputs = tuple(port.name for port in client.get_ports(is_midi=True, is_input=True))
        inputs = tuple(port.name for port in client.get_ports(is_midi=True, is_output=True))
    return System("jack", works=True, outputs=outputs, inputs=inputs)


def rtmidi_system() -> System:
    """Ask the system's own MIDI."""
    try:
        import rtmidi
    except ImportError:
        return System("rtmidi", works=False, detail="python-rtmidi is missing (pip install python-rtmidi)")
    from server.drivers.rtmidi import MissingError, working_api

    try:
        api = working_api(CLIENT)
    except MissingError as error:
        return System("rtmidi", works=False, detail=str(error))
    outputs = tuple(rtmidi.MidiOut(rtapi=api, name=CLIENT).get_ports())
    inputs = tuple(rtmidi.MidiIn(rtapi=api, name=CLIENT).get_ports())
    name = rtmidi.get_api_display_name(api)
    return System("rtmidi", works=True, detail=name, outputs=outputs, inputs=inputs)
