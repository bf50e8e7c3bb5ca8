"""Recorder: everything that sounds as a multitrack .mid, a valid file at every moment.

Tracks are kept as encoded bytes; a thread of its own writes them whole to a second file and renames it over the
first every FLUSH_S, or a long one less often (BYTES_PER_S), so that kill -9 costs at most that much music. A full file
becomes a part (`server.parts`): what is written again and again must not grow for weeks; the next one says how it goes
on (`server.seam`). Ticks come from the queue, never from a clock. Standard MIDI Files 1.0, format 1, 480 ticks a beat.
"""

import contextlib
import struct
import threading
from collections import deque
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from engines.note import Note
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from server import recording
from server.parts import WHOLE, Parts, numbered, turn
from server.player.messages import PortState
from server.player.sink import ROUTES
from server.seam import Seam
from server.track import Track, reopened

FLUSH_S: Final = 1.0
BYTES_PER_S: Final = 500_000
"""What a disk is asked to write for long: 43 GB a day, of which a cheap solid state disk stands some years."""
LOST: Final = (OSError, *recording.NOT_WHOLE)
"""What a file that is none of ours, or is gone, raises."""
TEMPO_TRACK: Final = "melody-engine"
CHANNEL: Final = {TEMPO_TRACK: 0} | {voice: ROUTES[voice][1][1] for voice in VOICES}
"""Of the tracks, in their order."""


class Recorder:
    """A tape: calls only note what happened; the thread encodes and writes."""

    def __init__(self, path: str, *, again: bool = False, parts: Parts = WHOLE) -> None:
        """Record to `path`; again: go on after what is there, in the next bar. parts: when a file is full."""
        self._path, self._parts = Path(path), parts
        self._happened: deque[tuple[Any, ...]] = deque()
        self._blank()
        self._bpm: float | None = None
        self._section = ""
        self._coming: deque[tuple[int, str]] = deque()
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

    def section(self, tick: int, name: str) -> None:
        """Hear to what section belongs what is to sound from `tick` on: its marker comes with the first note."""
        self._happened.append(("section", tick, name))

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
        self._seam = Seam()
        self._tracks = {name: Track(channel, *_start(name)) for name, channel in CHANNEL.items()}

    @property
    def _size(self) -> int:
        return sum(len(track.data) for track in self._tracks.values())

    @property
    def _end(self) -> int:
        return max(track.end for track in self._tracks.values())

    def _keep(self, again: bool) -> None:
        if again:  # here, and not before the music: a long show takes a second
            with contextlib.suppress(*LOST):
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
        """Go on in a new file from the bar line before the end; what sounds now sounds on in it."""
        try:
            number = turn(self._path, self._parts.keep)
        except OSError as error:
            self._problem = f"cannot begin another file: {error}"
            self._parts = replace(self._parts, mb=2 * (self._parts.mb or 0.0))
            return
        self._follow(number)
        self._write()

    def _follow(self, number: int) -> None:
        """Begin the part after the one that is now in the file of that number."""
        end = self._end
        line = end // TICKS_PER_BAR * TICKS_PER_BAR
        old = self._seam
        self._seam = Seam(old.first or number, old.part + 1, old.begin + line)
        self._tracks = {
            name: track.following(line, end, self._seam, *_start(name, self._bpm))
            for name, track in self._tracks.items()
        }
        self._shift -= line

    def _on_start(self, tick: int, bpm: float) -> None:
        end = self._end if any(self._tracks[voice].end for voice in VOICES) else 0
        self._shift = -(-end // TICKS_PER_BAR) * TICKS_PER_BAR - tick
        self._section, self._coming = "", deque()
        self._on_tempo(tick, bpm)

    def _on_tempo(self, tick: int, bpm: float) -> None:
        self._mark(tick)
        self._bpm = bpm
        self._tracks[TEMPO_TRACK].add(tick + self._shift, recording.tempo(bpm))

    def _on_section(self, tick: int, name: str) -> None:
        while self._coming and self._coming[-1][0] >= tick:
            self._coming.pop()
        if name != (self._coming[-1][1] if self._coming else self._section):
            self._coming.append((tick, name))

    def _mark(self, until: int) -> None:
        """Mark the sections that have begun."""
        while self._coming and self._coming[0][0] <= until:
            tick, self._section = self._coming.popleft()
            self._tracks[TEMPO_TRACK].add(tick + self._shift, recording.meta(recording.MARKER, self._section.encode()))

    def _on_press(self, tick: int, voice: str, pitch: int, velocity: int) -> None:
        self._mark(tick)
        self._tracks[voice].press(tick + self._shift, pitch, velocity)

    def _on_release(self, tick: int, voice: str, pitch: int) -> None:
        self._mark(tick - 1)  # what begins now may be all that was planned
        self._tracks[voice].release(tick + self._shift, pitch)

    def _write(self) -> None:
        """Write the file as if the music ended now, in pieces: a long copy would hold up the other threads."""
        end = self._end
        other = self._path.with_name(f".{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with other.open("wb") as file:
                file.write(b"MThd" + struct.pack(">IHHH", 6, 1, len(self._tracks), TICKS_PER_BEAT))
                for track in self._tracks.values():
                    file.writelines(track.chunk(end))
            other.replace(self._path)
            self._problem = ""
        except OSError as error:
            self._problem = f"cannot write the recording: {error}"
            with contextlib.suppress(OSError):
                other.unlink()  # on a full disk it would take the last bytes from everybody else

    def _resume(self) -> None:
        """Go on in the file that the player before us left; where it died between two files, after the last."""
        try:
            self._take(self._path)
        except LOST:
            for number, part in numbered(self._path)[-1:]:
                self._take(part)
                self._follow(number)

    def _take(self, path: Path) -> None:
        """Take up the tracks of a file; none of their notes sounds at the end."""
        found = [
            reopened(channel, data)
            for channel, data in zip(CHANNEL.values(), recording.tracks(path.read_bytes()), strict=True)
        ]
        self._tracks = dict(zip(CHANNEL, (track for track, _ in found), strict=True))
        self._seam = found[0][1]


def _start(name: str, bpm: float | None = None) -> tuple[bytes, ...]:
    """Return what stands at the beginning of a track."""
    named = recording.meta(recording.TRACK_NAME, name.encode())
    if name != TEMPO_TRACK:
        return (named,)
    metre = recording.meta(recording.METRE, recording.FOUR_FOUR)
    return (named, metre) if bpm is None else (named, metre, recording.tempo(bpm))
