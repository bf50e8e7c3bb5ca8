"""music21's own analyser on the same music: Key of the whole (Aarden-Essen), keys by bar (floatingKey), numerals.

As `chordify` would, it names whatever sounds at a moment; each frame asks for its middle. Only here is music21 used.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from engines.analysis.metre import Grid
from engines.analysis.music import Music
from engines.analysis.sound import spread
from engines.theory import numeral
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from engines.units import TICKS_PER_BEAT
from training.judge.theory.opinion import Opinion, Word

WINDOW_BARS = 8  # music21's example of a floating key


def music21(music: Music) -> Opinion:
    """Return what music21 says."""
    from music21 import analysis

    score = written(music)
    whole = _key(score.analyze("key"))
    analyzer = analysis.floatingKey.KeyAnalyzer(score)
    analyzer.windowSize = WINDOW_BARS
    found = analyzer.run() or []
    keys = [_key(each) for each in found] or [whole]
    grid = Grid(music)
    words = []
    for begin, end, pitches in sounding(music, grid):
        key = keys[min(grid.bar(begin), len(keys) - 1)]
        chord, named = asked(pitches, key)
        words.append(Word(begin, end, key, chord, named))
    return Opinion(whole, tuple(words))


def written(music: Music) -> Any:
    """Return the music as a music21 score with bars."""
    from music21 import meter, note, stream

    score = stream.Score()
    for track in music.tracks:
        if track.drum or not len(track.notes):
            continue
        part = stream.Part()
        for metre in Grid(music).metres:
            part.insert(metre.tick / TICKS_PER_BEAT, meter.TimeSignature(f"{metre.beats}/{metre.unit}"))
        for onset, duration, pitch, _ in track.notes.tolist():
            one = note.Note(pitch)
            one.quarterLength = duration / TICKS_PER_BEAT
            part.insert(onset / TICKS_PER_BEAT, one)
        score.insert(0, part.makeMeasures())
    return score


def sounding(music: Music, grid: Grid) -> list[tuple[int, int, frozenset[int]]]:
    """Return (tick, end, pitches that sound in its middle) of every frame in which something does."""
    middle = (grid.frames[:-1] + grid.frames[1:]) // 2
    notes = music.pitched
    note, frame, _ = spread(notes, grid.frames)
    inside = (notes[note, 0] <= middle[frame]) & (notes[note, 0] + notes[note, 1] > middle[frame])
    note, frame = note[inside], frame[inside]
    order = np.argsort(frame, kind="stable")
    groups = np.split(notes[note[order], 2], np.flatnonzero(np.diff(frame[order])) + 1)
    edges = grid.frames.tolist()
    return [
        (edges[at], edges[at + 1], frozenset(group.tolist()))
        for at, group in zip(np.unique(frame).tolist(), groups, strict=False)
    ]


def _key(found: Any) -> Key:
    tonic = found.tonic.pitchClass
    return Key(tonic, "minor" if found.mode == "minor" else "major")


def asked(pitches: frozenset[int], key: Key) -> tuple[Chord | None, Numeral | None]:
    """Return music21's chord and numeral; octaves are dropped first: it changes neither and saves time."""
    bass = min(pitches)
    classes = sorted({(pitch - bass) % 12 for pitch in pitches})
    return _asked(tuple(48 + bass % 12 + step for step in classes), key)


@lru_cache(maxsize=65536)
def _asked(pitches: tuple[int, ...], key: Key) -> tuple[Chord | None, Numeral | None]:
    """Ask with the pitches spelled as the key spells them, which MIDI does not tell and music21 relies on.

    Its figures write accidentals out (II75#3); the numeral is read from its root, quality and bass, so as it names
    chords by itself: no secondary dominants.
    """
    from music21 import chord, roman
    from music21 import key as keys

    name = _signed(key.spell(key.tonic))
    tonal = keys.Key(name.lower() if key.is_minor else name)
    said = _chord(roman.romanNumeralFromChord(chord.Chord([_spelled(pitch, key) for pitch in pitches]), tonal))
    return said, None if said is None else numeral.of(said, key)


def _spelled(midi: int, key: Key) -> Any:
    from music21 import pitch

    found = pitch.Pitch(f"{_signed(key.spell(midi % 12))}{midi // 12 - 1}")
    found.octave += round((midi - found.midi) / 12)  # Cb4 lies below C4, and so its octave is the next
    return found


def _signed(name: str) -> str:
    """Return a note as music21 writes it: - is flat."""
    return name.replace("b", "-")


def _chord(said: Any) -> Chord | None:
    """Return the chord by music21's own root, bass and words for its quality."""
    kinds = (
        ("isDominantSeventh", "7"),
        ("isHalfDiminishedSeventh", "m7b5"),
        ("isDiminishedSeventh", "dim7"),
    )
    root, bass = said.root().pitchClass, said.bass().pitchClass
    quality = next((kind for ask, kind in kinds if getattr(said, ask)()), None)
    if quality is None:
        triad = {"major": "maj", "minor": "min", "diminished": "dim", "augmented": "aug"}.get(said.quality)
        seventh = said.seventh is not None and (said.seventh.pitchClass - root) % 12
        quality = {("maj", 11): "maj7", ("min", 10): "m7"}.get((triad, seventh), triad)
    return None if quality is None else Chord(root, quality, bass)
