"""One track of a recording while it grows, as encoded bytes."""

import struct
from typing import Final

from msgspec.structs import replace

from server.player.wire import press, release
from server.recording import END_OF_TRACK, events, meta, varint, wait
from server.seam import Seam, head

END: Final = meta(END_OF_TRACK, b"")


class Track:
    """Encoded events, the tick of the last one, what sounds: pitch and velocity."""

    def __init__(self, channel: int, *start: bytes) -> None:
        """Begin with events at tick 0."""
        self.channel = channel
        self.data = bytearray()
        self.end = 0
        self.sounding: dict[int, int] = {}
        for event in start:
            self.add(0, event)

    def add(self, tick: int, event: bytes) -> None:
        """Append an event; never before the one before it."""
        tick = max(tick, self.end)
        self.data += wait(tick - self.end) + event
        self.end = tick

    def press(self, tick: int, pitch: int, velocity: int) -> None:
        """Append the beginning of a note."""
        self.add(tick, press(self.channel, pitch, velocity))
        self.sounding[pitch] = velocity

    def release(self, tick: int, pitch: int) -> None:
        """Append the end of a note, if it sounds."""
        if self.sounding.pop(pitch, None) is not None:
            self.add(tick, release(self.channel, pitch))

    def tail(self, end: int) -> bytes:
        """Return what closes the track: what still sounds is released at `end`."""
        tail = Track(self.channel)
        tail.end = self.end
        for pitch in sorted(self.sounding):
            tail.add(end, release(self.channel, pitch))
        tail.add(end, END)
        return bytes(tail.data)

    def chunk(self, end: int) -> tuple[bytes | bytearray, ...]:
        """Return the track, in pieces, as if it ended now."""
        tail = self.tail(end)
        return b"MTrk" + struct.pack(">I", len(self.data) + len(tail)), self.data, tail

    def following(self, line: int, end: int, seam: Seam, *start: bytes) -> "Track":
        """Return the track of a part that begins at bar line `line`, where this one was closed at `end`."""
        made = Track(self.channel, *start)
        at = max(self.end - line, 0)
        for pitch, velocity in sorted(self.sounding.items()):
            made.press(at, pitch, velocity)
        made.add(at, replace(seam, wait=max(line - self.end, 0), tail=len(self.tail(end))).event)
        return made


def reopened(channel: int, data: bytes) -> tuple[Track, Seam]:
    """Return a track that was closed, to go on with, and its seam; ValueError or IndexError where it is none."""
    made, delta = Track(channel), 0
    for delta, _ in events(data):
        made.end += delta
    closing = varint(delta) + END
    if not data.endswith(closing):
        raise ValueError("a track has no end")
    made.end -= delta
    made.data = bytearray(data[: -len(closing)])
    return made, head(data)[1] or Seam()
