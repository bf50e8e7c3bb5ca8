"""Recorder: everything that sounds as a multitrack .mid, a valid file at every moment.

Tracks are kept as encoded bytes; a thread of its own writes them whole to a second file and renames it over the
first every FLUSH_S, or a long one less often (BYTES_PER_S), so that kill -9 costs at most that much music. A full file
becomes a part (`server.parts`): what is written again and again must not grow for weeks. Ticks come from the queue,
never from a clock. Standard MIDI Files 1.0, format 1, 480 ticks a beat.
"""

import contextlib
import struct
import threading
from collections import deque
from pathlib import Path
from typing import Any, Final

import mido
from msgspec.structs import replace

from engines.note import Note
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from server import recording
from server.parts import WHOLE, Parts, turn
from server.player.messages import PortState
from server.player.sink import ROUTES
from server.player.wire import press, release

FLUSH_S: Final = 1.0
BYTES_PER_S: Final = 500_000
"""What a disk is asked to write for long: 43 GB a day, of which a cheap solid state disk stands some years."""
TEMPO_TRACK: Final = "melody-engine"
CHANNEL: Final = {voice: ROUTES[voice][1][1] for voice in VOICES}


class Track:
    """One track: encoded events, the tick of the last one, pitches sounding."""

    def __init__(self, *start: bytes) -> None:
        """Begin with events at tick 0."""
        self.data = bytearray()
        self.end = 0
        self.sounding: set[int] = set()
        for event in start:
            self.add(0, event)

    def add(self, tick: int, event: bytes) -> None:
        """Append an event; never before the one before it."""
        tick = max(tick, self.end)
        self.data += recording.varint(tick - self.end) + event
        self.end = tick

    def chunk(self, channel: int, end: int) -> tuple[bytes | bytearray, ...]:
        """Return the track, in pieces, as if it ended now: what still sounds is released at `end`."""
        tail = Track()
        tail.end = self.end
        for pitch in sorted(self.sounding):
            tail.add(end, release(channel, pitch))
        tail.add(end, END_OF_TRACK)
        return b"MTrk" + struct.pack(">I", len(self.data) + len(tail.data)), self.data, tail.data


class Recorder:
    """A tape: calls only note what happened; the thread encodes and writes."""

    def __init__(self, path: str, *, again: bool = False, parts: Parts = WHOLE) -> None:
        """Record to `path`; again: go on after what is there, in the next bar. parts: when a file is full."""
        self._path, self._parts = Path(path), parts
        self._happened: deque[tuple[Any, ...]] = deque()
        self._blank()
        self._bpm: float | None = None
        self._shift = 0
        self._problem = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, args=(again,), daemon=True, name="recorder")
        self._thread.start()

    def start(self, tick: int, bpm: float) -> None:
        """Music runs from `tick` on: the tape goes on at its next bar line."""
        self._happened.append(("start", tick, bpm))

    def tempo(self, tick: int, bpm: float) -> None:
        """Tempo changes at `tick`."""
        self._happened.append(("tempo", tick, bpm))

    def press(self, tick: int, voice: str, note: Note) -> None:
        """Note the beginning of a note."""
        self._happened.append(("press", tick, voice, note.pitch, note.velocity))

    def release(self, tick: int, voice: str, pitch: int) -> None:
        """Note the end of a note."""
        self._happened.append(("release", tick, voice, pitch))

    def states(self) -> tuple[PortState, ...]:
        """Return the state of the file."""
        state = "waiting" if self._problem else "open"
        return (PortState(str(self._path.name), "recorder", state, self._problem),)

    def close(self) -> None:
        """Write what is left."""
        self._closing.set()
        self._thread.join(2.0)

    def _blank(self) -> None:
        self._tempo = Track(_meta("track_name", name=TEMPO_TRACK), _meta("time_signature", numerator=BEATS_PER_BAR))
        self._tracks = {voice: Track(_meta("track_name", name=voice)) for voice in VOICES}

    @property
    def _size(self) -> int:
        return sum(len(track.data) for track in (self._tempo, *self._tracks.values()))

    @property
    def _end(self) -> int:
        return max(track.end for track in (self._tempo, *self._tracks.values()))

    def _keep(self, again: bool) -> None:
        if again:  # here, and not before the music: a long show takes a second
            with contextlib.suppress(OSError, ValueError, IndexError, struct.error):
                self._resume()
        self._write()
        while not self._closing.wait(max(FLUSH_S, self._size / BYTES_PER_S)):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        if self._happened or self._problem:
            while self._happened:
                kind, *values = self._happened.popleft()
                getattr(self, f"_on_{kind}")(*values)
            self._write()
            if self._parts.full(self._size) and not self._problem:
                self._turn()

    def _turn(self) -> None:
        """Go on in a new file from the bar line before the end; what sounds now ends in the full one."""
        try:
            turn(self._path, self._parts.keep)
        except OSError as error:
            self._problem = f"cannot begin another file: {error}"
            self._parts = replace(self._parts, mb=2 * (self._parts.mb or 0.0))
            return
        line = self._end // TICKS_PER_BAR * TICKS_PER_BAR
        self._shift -= line
        self._blank()
        if self._bpm is not None:
            self._tempo.add(0, _meta("set_tempo", tempo=mido.bpm2tempo(self._bpm)))
        self._write()

    def _on_start(self, tick: int, bpm: float) -> None:
        end = self._end if any(track.end for track in self._tracks.values()) else 0
        self._shift = -(-end // TICKS_PER_BAR) * TICKS_PER_BAR - tick
        self._on_tempo(tick, bpm)

    def _on_tempo(self, tick: int, bpm: float) -> None:
        self._bpm = bpm
        self._tempo.add(tick + self._shift, _meta("set_tempo", tempo=mido.bpm2tempo(bpm)))

    def _on_press(self, tick: int, voice: str, pitch: int, velocity: int) -> None:
        self._tracks[voice].add(tick + self._shift, press(CHANNEL[voice], pitch, velocity))
        self._tracks[voice].sounding.add(pitch)

    def _on_release(self, tick: int, voice: str, pitch: int) -> None:
        if pitch not in self._tracks[voice].sounding:
            return  # it ended with the file before
        self._tracks[voice].add(tick + self._shift, release(CHANNEL[voice], pitch))
        self._tracks[voice].sounding.discard(pitch)

    def _write(self) -> None:
        """Write the file as if the music ended now, in pieces: a long copy would hold up the other threads."""
        end = self._end
        tracks = [(0, self._tempo), *((CHANNEL[name], track) for name, track in self._tracks.items())]
        other = self._path.with_name(f".{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with other.open("wb") as file:
                file.write(b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS_PER_BEAT))
                for channel, track in tracks:
                    file.writelines(track.chunk(channel, end))
            other.replace(self._path)
            self._problem = ""
        except OSError as error:
            self._problem = f"cannot write the recording: {error}"
            with contextlib.suppress(OSError):
                other.unlink()  # on a full disk it would take the last bytes from everybody else

    def _resume(self) -> None:
        """Take up the tracks of the file that the player before us left; none of their notes sounds at the end."""
        old = []
        for data in recording.tracks(self._path.read_bytes()):
            end = wait = last = 0
            for wait, event in recording.events(data):
                end, last = end + wait, len(recording.varint(wait)) + len(event)
            old.append((data[: len(data) - last], end - wait))  # without its end of track
        for track, (data, end) in zip((self._tempo, *self._tracks.values()), old, strict=True):
            track.data, track.end = bytearray(data), end


def _meta(kind: str, **values: Any) -> bytes:
    return bytes(mido.MetaMessage(kind, **values).bytes())


END_OF_TRACK: Final = _meta("end_of_track")
