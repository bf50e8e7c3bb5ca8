"""A real song on the grid, as the reference folder holds it, and how its MIDI tracks become one."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import mido
import msgspec
import numpy as np

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.pitch import TheoryError
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT
from training.corpus import keys
from training.corpus.chord_names import POP_CHORD
from training.corpus.config import corpus_config
from training.corpus.sixteenths import Played, sixteenths

Fact = dict[str, Any]
"""A row of the chord table: id, timesig, key [[beat, name]], chords [[onset, beats, root, quality, bass]]."""

MELODY: Final = re.compile(r"melody|lead|vocal|voice|sopran|tune", re.IGNORECASE)
CHORDS: Final = re.compile(r"chord", re.IGNORECASE)
OUR_QUALITY: Final = {ours: theirs for theirs, ours in POP_CHORD.items()}


class Song(msgspec.Struct, frozen=True):
    """A song: keys from bar on; melody and all other pitched tracks in steps; one chord a beat (None unknown)."""

    name: str
    keys: tuple[tuple[int, Key], ...]
    melody: tuple[Played, ...]
    others: tuple[Played, ...]
    chords: tuple[Chord | None, ...]

    @property
    def bars(self) -> int:
        """Bars up to the last onset or chord."""
        last = max((note[0] for note in (*self.melody, *self.others)), default=0)
        return max(last // STEPS_PER_BAR + 1, len(self.chords) // 4)


class Tracks(msgspec.Struct, frozen=True):
    """What a MIDI file holds: pitched notes by part, key signatures (beat, name), metres, problem ("" = fine)."""

    melody: tuple[Played, ...] = ()
    others: tuple[Played, ...] = ()
    chords: tuple[Played, ...] = ()
    keys: tuple[tuple[float, str], ...] = ()
    metres: frozenset[tuple[int, int]] = frozenset()


def tracks(file: mido.MidiFile) -> Tracks:
    """Sort the tracks: melody and chords by name, else the highest track of single notes is the melody."""
    named = [(track.name, sixteenths(track, file.ticks_per_beat)) for track in file.tracks]
    named = [(name, found) for name, found in named if found]
    chords = next((found for name, found in named if CHORDS.search(name)), [])
    rest = [(name, found) for name, found in named if not CHORDS.search(name)]
    chosen = next((n for n, (name, _) in enumerate(rest) if MELODY.search(name)), None)
    if chosen is None and rest:
        chosen = max(range(len(rest)), key=lambda n: _leading(rest[n][1]))
    melody = rest[chosen][1] if chosen is not None else []
    others = [note for n, (_, found) in enumerate(rest) if n != chosen for note in found]
    signatures, metres = _marks(file)
    return Tracks(tuple(melody), tuple(sorted(others)), tuple(chords), signatures, metres)


def _leading(found: list[Played]) -> tuple[bool, float]:
    alone = len({note[0] for note in found}) > 0.9 * len(found)
    return alone, float(np.mean([note[2] for note in found]))


def _marks(file: mido.MidiFile) -> tuple[tuple[tuple[float, str], ...], frozenset[tuple[int, int]]]:
    signatures, metres = [], set()
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "key_signature":
                signatures.append((now / file.ticks_per_beat, message.key))
            elif message.type == "time_signature":
                metres.add((message.numerator, message.denominator))
    return tuple(sorted(signatures)), frozenset(metres)


def fact_of(name: str, found: Tracks) -> Fact:
    """Return the row of a chord table that a MIDI file with a chord track amounts to."""
    onsets = sorted({note[0] for note in found.chords})
    rows = []
    for onset in onsets:
        together = [note for note in found.chords if note[0] == onset]
        chord = Chord.from_pitches(note[2] for note in together)
        if chord is not None:
            beats = max(note[1] for note in together) / STEPS_PER_BEAT
            quality = OUR_QUALITY.get(chord.quality, "other")
            rows.append([onset / STEPS_PER_BEAT, beats, chord.root, quality, chord.bass])
    guessed = guess_key((*found.melody, *found.others, *found.chords)).name
    signatures = [list(each) for each in found.keys] or [[0.0, guessed]]
    return {"id": name, "timesig": [[0.0, *each] for each in sorted(found.metres)], "key": signatures, "chords": rows}


def guess_key(found: Iterable[Played]) -> Key:
    """Return the likeliest key of some notes."""
    time = np.zeros(12)
    for _, length, pitch, _ in found:
        time[pitch % 12] += length
    return keys.guess(time, corpus_config().key).key


def song_of(fact: Fact, found: Tracks) -> Song:
    """Join a row of the chord table with the tracks of the same song."""
    chords: dict[int, Chord | None] = {}
    for onset, beats, root, quality, bass in fact["chords"]:
        chord = Chord(root, POP_CHORD[quality], bass) if quality in POP_CHORD else None
        for beat in range(round(onset), max(round(onset) + 1, round(onset + beats))):
            chords[beat] = chord
    length = max(chords, default=-1) + 1
    regions = tuple((round(beat / 4) if n else 0, key) for n, (beat, key) in enumerate(_keys(fact)))
    return Song(fact["id"], regions, found.melody, found.others, tuple(chords.get(beat) for beat in range(length)))


def _keys(fact: Fact) -> Iterator[tuple[float, Key]]:
    for beat, name in fact["key"] or [[0.0, "C"]]:
        try:
            yield float(beat), Key.parse(name)
        except TheoryError:
            yield float(beat), Key(0, "major")
