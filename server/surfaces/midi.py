"""The MIDI surface: what a keyboard or controller sends on port `control` becomes commands; sans I/O.

A flood is folded: within one turn of the event loop only the last value of a control, and the last set of held
keys, reach the stage. Whole messages come in (the drivers see to running status); anything else is counted.
"""

import asyncio
from collections.abc import Callable

from server.clock.midi import CLOCK, CONTINUE, SPP, START, STOP, Action, MidiClockFollower
from server.player.intake import RESET
from server.player.messages import MidiIn
from server.stage import Stage
from server.surfaces.midimap import PANICS, SUSTAIN, Binding, MidiMap, is_button, is_fader, scaled

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM = 0x80, 0x90, 0xB0, 0xC0
ON = 64
"""Pedals and buttons switch here."""
LENGTHS = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
SYSTEM_LENGTHS = {0xF1: 2, SPP: 3, 0xF3: 2, 0xF6: 1, **dict.fromkeys(range(0xF8, 0x100), 1)}
SYSEX, SYSEX_END = 0xF0, 0xF7

Key = tuple[int, int]
"""Channel 0..15 and MIDI number."""


class MidiSurface:
    """Takes MidiIn messages on the event loop; malformed: how many were no MIDI message."""

    def __init__(
        self,
        config: MidiMap,
        stage: Stage,
        follower: MidiClockFollower | None = None,
        on_clock: Callable[[Action], None] = lambda _: None,
    ) -> None:
        """Map to `stage`; with a follower the clock's messages go to it, and its actions to `on_clock`."""
        self.malformed = 0
        self._config, self._stage = config, stage
        self._follower, self._on_clock = follower, on_clock
        self._bindings: dict[int, list[Binding]] = {}
        for binding in config.bindings:
            self._bindings.setdefault(binding.cc, []).append(binding)
        self._down: set[Key] = set()
        self._rung: set[Key] = set()
        self._pedals: set[int] = set()
        self._told: tuple[int, ...] = ()
        self._pressed: set[tuple[int, int]] = set()
        self._waiting: dict[str, tuple[float, ...]] = {}
        self._flushing = False

    def take(self, message: MidiIn) -> None:
        """Take one message, whatever it is."""
        data = message.data
        if not _well_formed(data):
            self.malformed += 1
            return
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if data[0] in (CLOCK, START, CONTINUE, STOP, SPP):
            self._clock(message)
        elif kind in (NOTE_ON, NOTE_OFF):
            self._note(channel, data[1], pressed=kind == NOTE_ON and data[2] > 0)
        elif kind == CONTROL:
            self._control(channel, data[1], data[2])
        elif kind == PROGRAM and self._config.programs:
            self._soon("section", (data[1],))
        elif data[0] == RESET:
            self.forget_keys()

    def forget_keys(self) -> None:
        """Take every key and pedal for let go: nobody heard what they did meanwhile."""
        for known in (self._down, self._rung, self._pedals):
            known.clear()
        self._flush_soon()

    def _clock(self, message: MidiIn) -> None:
        if self._follower is not None:
            for action in self._follower.feed(message.time, message.data):
                self._on_clock(action)

    def _note(self, channel: int, number: int, *, pressed: bool) -> None:
        config = self._config
        if not config.chords or not config.low_note <= number <= config.high_note:
            return
        if config.notes_channel is not None and channel != config.notes_channel - 1:
            return
        key = (channel, number)
        if pressed:
            self._down.add(key)
            self._rung.discard(key)
        elif key in self._down:
            self._down.discard(key)
            if channel in self._pedals:
                self._rung.add(key)
        self._flush_soon()

    def _control(self, channel: int, number: int, value: int) -> None:
        if number in PANICS:
            self._down.clear()
            self._rung.clear()
            self._soon("panic", ())
        elif number == SUSTAIN and self._config.chords:
            self._pedal(channel, down=value >= ON)
        else:
            for binding in self._bindings.get(number, ()):
                if binding.channel in (None, channel + 1):
                    self._turn(binding, channel, value)

    def _pedal(self, channel: int, *, down: bool) -> None:
        if down:
            self._pedals.add(channel)
        else:
            self._pedals.discard(channel)
            self._rung = {key for key in self._rung if key[0] != channel}
            self._flush_soon()

    def _turn(self, binding: Binding, channel: int, value: int) -> None:
        if is_button(binding):
            button = (channel, binding.cc)
            if value < ON:
                self._pressed.discard(button)
            elif button not in self._pressed:
                self._pressed.add(button)
                self._soon(binding.path, ())
            return
        self._soon(binding.path, (scaled(binding, value),))

    def _soon(self, path: str, args: tuple[float, ...]) -> None:
        self._waiting.pop(path, None)  # the last value stands where it came
        self._waiting[path] = args
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        waiting, self._waiting = self._waiting, {}
        for path, args in waiting.items():
            self._stage.receive(f"/{path}", args, sweep=is_fader(path))
        held = tuple(sorted({number for _, number in self._down | self._rung}))
        if held != self._told:
            self._told = held
            self._stage.hold_chord(held)


def _well_formed(data: bytes) -> bool:
    """Whether these bytes are exactly one MIDI message."""
    if not data or data[0] < 0x80:
        return False
    if data[0] == SYSEX:
        return len(data) > 1 and data[-1] == SYSEX_END and max(data[1:-1], default=0) < 0x80
    length = LENGTHS.get(data[0] & 0xF0) or SYSTEM_LENGTHS.get(data[0])
    return len(data) == length and max(data[1:], default=0) < 0x80
