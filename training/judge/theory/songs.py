"""Songs with human analyses, from the folders of a data folder; which side of the split each is on.

lieder   When in Rome's numerals over OpenScore's notes: bars are told to both, the pickup is found by laying chords
         over notes; songs where they do not fit (repeats written out, other editions) are left out and counted.
pop909   POP909-CL's chords and keys over its three tracks.
rs200    numerals and melody of two analysts; notes are the melody over the chords as blocks, so that only the key and
         the way from chord to numeral can be judged.
"""

import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from engines.analysis.metre import Grid, length
from engines.analysis.music import Ints, Music, Track
from engines.analysis.sound import spread
from engines.studio.midiread import parse_midi
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP
from training.corpus import rock, romantext
from training.corpus.chord_names import POP_CHORD, numeral_of
from training.corpus.folders import members, rows
from training.corpus.said import Said
from training.judge.theory.truth import Side, Truth

HELD_OUT_PERCENT = 30
LEAST_FIT = 0.70  # of the notes' time in chord tones: below, text and notes are not the same music
VELOCITY = 90  # of notes that have none
PICKUP_GAIN = 0.02  # a pickup is believed where it fits so much better


def side(name: str) -> Side:
    """Return which side a song is on; it hangs on its name alone."""
    mark = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    return "test" if mark % 100 < HELD_OUT_PERCENT else "train"


def lieder(data: Path, wanted: Side) -> Iterator[Truth]:
    """Yield the Lieder of one side that have an analysis that fits."""
    texts = {
        "__".join(Path(name).parts[2:-1]): text.decode()
        for name, text in members(data / "when_in_rome_lieder" / "wir_lieder_rntxt.tar.xz", ".txt")
    }
    for file, notes in members(data / "openscore_lieder" / "openscore_lieder_midi.tar.xz"):
        name = Path(file).name.removesuffix(".mid")
        if name in texts and side(name) == wanted:
            song = laid(name, parse_midi(notes, name), romantext.read(texts[name]))
            if song is not None:
                yield song


def laid(name: str, music: Music, analysis: romantext.Analysis) -> Truth | None:
    """Return a song with its analysis laid over it, None where they do not fit; a pickup is made a bar of its own."""
    bar = length(Grid(music).metres[0])
    shifts = range(0, bar, TICKS_PER_STEP)
    fits = [fit(music.pitched, analysis.said, shift) - (PICKUP_GAIN if shift else 0.0) for shift in shifts]
    best = int(np.argmax(fits))
    if fits[best] < LEAST_FIT:
        return None
    by = -shifts[best] % bar
    later = by + shifts[best]
    said = tuple(
        msgspec.structs.replace(each, tick=each.tick + later, end=each.end + later)
        for each in analysis.said
        if each.tick + later >= 0
    )
    return Truth(name, "lieder", moved(music, by), said)


def fit(notes: Ints, said: tuple[Said, ...], shift: int) -> float:
    """Return the share 0..1 of the notes' time that lies in chords of which they are tones."""
    if not said or not len(notes):
        return 0.0
    edges = np.array([each.tick for each in said] + [said[-1].end]) + shift
    tones = np.zeros((len(said), 12), np.bool_)
    for number, each in enumerate(said):
        tones[number, list(each.chord.pitch_classes)] = True
    note, chord, overlap = spread(notes, edges)
    return float((overlap * tones[chord, notes[note, 2] % 12]).sum() / notes[:, 1].sum())


def moved(music: Music, by: int) -> Music:
    """Return music that begins `by` ticks later; what stands at its start stays there."""
    if not by:
        return music
    replace = msgspec.structs.replace
    return replace(
        music,
        tracks=tuple(replace(track, notes=track.notes + np.array([by, 0, 0, 0])) for track in music.tracks),
        metres=tuple(replace(each, tick=each.tick + by if each.tick else 0) for each in music.metres),
        tempos=tuple(replace(each, tick=each.tick + by if each.tick else 0) for each in music.tempos),
    )


def pop909(data: Path, wanted: Side) -> Iterator[Truth]:
    """Yield the POP909 songs of one side that have keys."""
    folder = data / "pop909"
    facts = {fact["id"]: fact for fact in map(json.loads, rows(folder / "pop909_cl_chords.jsonl.xz"))}
    for file, notes in members(folder / "pop909_cl_tracks_midi.tar.xz"):
        fact = facts.get(Path(file).stem)
        if fact is None or not fact.get("key") or side(f"pop909/{fact['id']}") != wanted:
            continue
        music = parse_midi(notes, file)
        tracks = tuple(track for track in music.tracks if track.name != "CHORDS")
        yield Truth(fact["id"], "pop909", msgspec.structs.replace(music, tracks=tracks), tuple(_pop_said(fact)))


def _pop_said(fact: dict[str, list[list[object]]]) -> Iterator[Said]:
    keys = [(round(float(beat) * TICKS_PER_BEAT), Key.parse(name)) for beat, name in fact["key"]]
    for onset, beats, root, quality, bass in fact["chords"]:
        if quality in POP_CHORD:
            tick = round(onset * TICKS_PER_BEAT)
            key = next((key for at, key in reversed(keys) if at <= tick), keys[0][1])
            yield Said(tick, round((onset + beats) * TICKS_PER_BEAT), Chord(root, POP_CHORD[quality], bass), key)


def rs200(data: Path, wanted: Side) -> Iterator[Truth]:
    """Yield the rock songs of one side, each by its first analyst: the melody over the chords as blocks."""
    archive = data / "rs200" / "rs200_source.tar.xz"
    sung = {Path(name).stem.rsplit("_", 1)[0]: text.decode(errors="replace") for name, text in members(archive, ".mel")}
    played = {n: text.decode(errors="replace") for n, text in members(archive, "_dt.txt") if "rs200_harmony_exp/" in n}
    for file, text in sorted(played.items()):
        name = Path(file).stem.removesuffix("_dt")
        said = tuple(rock_said(text))
        if name in sung and said and side(f"rs200/{name}") == wanted:
            yield Truth(name, "rs200", _rendered(sung[name], text, said), said, modes=False)


def rock_said(text: str) -> Iterator[Said]:
    """Yield the chords of one rock analysis with their numerals, which count from a major scale whatever the mode."""
    place = rock.Place()
    marks: list[tuple[int, Key, str]] = []
    for words in rock.bars(text):
        symbols = [word for word in words if not place.mark(word)]
        for number, symbol in enumerate(symbols):
            if symbol != ".":
                tick = place.tick + round(number / len(symbols) * place.length)
                marks.append((tick, Key(place.tonic, "major"), symbol))
        place.tick += place.length
    marks.append((place.tick, Key(0, "major"), "R"))
    for (tick, key, symbol), after in pairwise(marks):
        numeral = numeral_of(symbol) if symbol != "R" else None
        if numeral is not None and after[0] > tick:
            yield Said(tick, after[0], numeral.chord(key), key, numeral)


def _rendered(melody: str, harmony: str, said: tuple[Said, ...]) -> Music:
    sung = rock.melody(melody, VELOCITY)
    blocks = [
        (each.tick, each.end - each.tick, 48 + (pc if n else each.chord.bass), VELOCITY)
        for each in said
        for n, pc in enumerate((each.chord.bass, *each.chord.pitch_classes))
    ]
    tracks = (
        Track("melody", np.array(sung.notes, np.int64).reshape(-1, 4), channel=0),
        Track("chords", np.array(sorted(blocks), np.int64).reshape(-1, 4), channel=1),
    )
    return Music(tuple(track for track in tracks if len(track.notes)), rock.harmony(harmony).metres)
