"""Wire: one MIDI output cable, with its own memory of what the receiver hears.

It is the last law before the device: a press of a sounding note is preceded by its release, a release of a
silent note is dropped, so that the receiver sees every press followed by exactly one release, even where a
device came and went in between.
"""

from collections.abc import Iterable
from typing import Final

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL: Final = 0xB0
SUSTAIN: Final = 64
ALL_SOUND_OFF: Final = 120
ALL_NOTES_OFF: Final = 123


def press(channel: int, pitch: int, velocity: int) -> bytes:
    """Note-on; channel 0..15."""
    return bytes((NOTE_ON | channel, pitch, velocity))


def release(channel: int, pitch: int) -> bytes:
    """Note-off with the neutral velocity 64; channel 0..15."""
    return bytes((NOTE_OFF | channel, pitch, 64))


def silence(channels: Iterable[int], *, sound_off: bool = False) -> list[bytes]:
    """Sustain off, all notes off, and for a panic all sound off, on each channel 0..15."""
    controls = (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF) if sound_off else (SUSTAIN, ALL_NOTES_OFF)
    return [bytes((CONTROL | channel, control, 0)) for channel in channels for control in controls]


class Wire:
    """What one output carries: channels 0..15 in use, notes now sounding as (channel, pitch)."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        """Start in silence."""
        self.channels = channels
        self.sounding: set[tuple[int, int]] = set()

    def carry(self, data: bytes) -> tuple[bytes, ...]:
        """Return what to send for `data`: itself, itself after a release, or nothing."""
        kind = data[0] & 0xF0
        if kind not in (NOTE_ON, NOTE_OFF):
            return (data,)
        note = (data[0] & 0x0F, data[1])
        if kind == NOTE_ON:
            again = note in self.sounding
            self.sounding.add(note)
            return (release(*note), data) if again else (data,)
        if note not in self.sounding:
            return ()
        self.sounding.discard(note)
        return (data,)

    def ended_by(self, data: bytes) -> bool:
        """Whether a release or control message could end a note that sounds now."""
        channel = data[0] & 0x0F
        if data[0] & 0xF0 == NOTE_OFF:
            return (channel, data[1]) in self.sounding
        return any(sounding == channel for sounding, _ in self.sounding)

    def reset(self) -> list[bytes]:
        """Return the releases of all that sounds, then sustain off and all notes off; the wire is silent after."""
        off = [release(*note) for note in sorted(self.sounding)]
        self.sounding.clear()
        return [*off, *silence(self.channels)]
