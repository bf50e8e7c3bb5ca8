"""MIDI files as Music: types 0 and 1, bounded in size, every fault one `MusicError` that names the file."""

from collections import Counter, defaultdict, deque
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import mido
import numpy as np

from engines.analysis.music import LONGEST_BEATS, MOST_NOTES, Ints, Marker, Metre, Music, MusicError, Tempo, Track
from engines.units import TICKS_PER_BEAT

LARGEST_BYTES: Final = 4 * 2**20
MOST_MARKS: Final = 50_000  # changes of tempo, metre and key, and markers, together
DRUM_CHANNEL: Final = 9  # General MIDI's channel 10
UNKNOWN: Final = -1
FINEST_UNIT: Final = 6  # 2 ** 6: a metre in 64ths is the finest that is written

Voice = tuple[int, int]
"""(track of the file, channel)."""


def read_midi(path: Path) -> Music:
    """Return the music of a MIDI file; MusicError where it holds none, OSError where it cannot be opened."""
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise MusicError(f"{path}: {size} bytes: MIDI files of at most {LARGEST_BYTES} bytes are read")
    return parse_midi(path.read_bytes(), str(path))


def parse_midi(data: bytes, name: str = "MIDI data") -> Music:
    """Return the music of a MIDI file's bytes; `name` is what an error calls it."""
    if len(data) > LARGEST_BYTES:
        raise MusicError(f"{name}: {len(data)} bytes: MIDI files of at most {LARGEST_BYTES} bytes are read")
    try:
        file = mido.MidiFile(file=BytesIO(data), clip=True)
    except Exception as error:  # mido raises whatever a damaged byte leads it to
        raise MusicError(f"{name}: no MIDI file: {str(error)[:80] or type(error).__name__}") from error
    if file.type == 2:
        raise MusicError(f"{name}: MIDI file of type 2 (independent patterns): types 0 and 1 are read")
    if not 1 <= file.ticks_per_beat < 0x8000:
        raise MusicError(f"{name}: no ticks per quarter note (SMPTE time is not read)")
    try:
        return _Reading(TICKS_PER_BEAT / file.ticks_per_beat).music(file)
    except MusicError as error:
        raise MusicError(f"{name}: {error}") from error


class _Reading:
    """What has been read so far; ticks are the engine's."""

    def __init__(self, per: float) -> None:
        self.per = per
        self.notes: dict[Voice, list[tuple[int, int, int, int]]] = defaultdict(list)
        self.programs: dict[Voice, int] = {}
        self.metres: list[Metre] = []
        self.tempos: list[Tempo] = []
        self.markers: list[Marker] = []
        self.keys: list[tuple[int, str]] = []

    def music(self, file: Any) -> Music:
        """Return the music of a file."""
        for number, track in enumerate(file.tracks):
            self._track(number, track)
        names = [_clean(track.name) for track in file.tracks]
        parts = Counter(number for number, _ in self.notes)
        tracks = []
        for (number, channel), rows in sorted(self.notes.items()):
            name = names[number]
            if parts[number] > 1 or not name:
                name = f"{name or 'track'} {channel + 1 if parts[number] > 1 else number + 1}"
            program = self.programs.get((number, channel), UNKNOWN)
            tracks.append(Track(name, _sorted(rows), program, channel, channel == DRUM_CHANNEL))
        return Music(
            tuple(tracks),
            tuple(sorted(self.metres, key=_tick)),
            tuple(sorted(self.tempos, key=_tick)),
            tuple(sorted(self.markers, key=_tick)),
            tuple(sorted(self.keys)),
        )

    def _track(self, number: int, track: Any) -> None:
        now = 0
        held: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        for message in track:
            now += message.time
            if now * self.per > LONGEST_BEATS * TICKS_PER_BEAT:
                raise MusicError(f"endless: a delta time beyond {LONGEST_BEATS} quarter notes")
            if message.is_meta:
                self._meta(round(now * self.per), message)
            elif message.type == "program_change":
                self.programs.setdefault((number, message.channel), message.program)
            elif message.type in {"note_on", "note_off"}:
                key = (message.channel, message.note)
                if message.type == "note_on" and message.velocity:
                    held[key].append((now, message.velocity))
                elif held[key]:
                    self._note((number, message.channel), message.note, held[key].popleft(), now)
        for (channel, pitch), begun in held.items():
            for start in begun:  # never released: it ends with its track
                self._note((number, channel), pitch, start, now)

    def _note(self, voice: Voice, pitch: int, begun: tuple[int, int], end: int) -> None:
        rows = self.notes[voice]
        if len(rows) >= MOST_NOTES:
            raise MusicError(f"more than {MOST_NOTES} notes")
        onset = round(begun[0] * self.per)
        rows.append((onset, max(1, round(end * self.per) - onset), pitch, begun[1]))

    def _meta(self, tick: int, message: Any) -> None:
        if len(self.tempos) + len(self.metres) + len(self.markers) + len(self.keys) >= MOST_MARKS:
            raise MusicError(f"more than {MOST_MARKS} changes of tempo, metre and key, and markers")
        if message.type == "set_tempo" and message.tempo:
            self.tempos.append(Tempo(tick, round(mido.tempo2bpm(message.tempo), 3)))
        elif message.type == "time_signature" and message.numerator and message.denominator <= 2**FINEST_UNIT:
            self.metres.append(Metre(tick, message.numerator, message.denominator))
        elif message.type in {"marker", "cue_marker"} and _clean(message.text):
            self.markers.append(Marker(tick, _clean(message.text)))
        elif message.type == "key_signature":
            self.keys.append((tick, message.key))


def _sorted(rows: list[tuple[int, int, int, int]]) -> Ints:
    return np.array(sorted(rows), np.int64).reshape(-1, 4)


def _tick(mark: Metre | Tempo | Marker) -> int:
    return mark.tick


def _clean(text: str) -> str:
    """Return a file's word fit for a terminal: printable, short; UTF-8 where it is (mido reads Latin-1)."""
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return "".join(letter for letter in text if letter.isprintable()).strip()[:60]
