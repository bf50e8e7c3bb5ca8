"""Tunes as the data folders hold them: notes in sixteenths, chords per beat, a key."""

import io
import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import STEPS_PER_BAR
from training.corpus.chord_names import POP_CHORD, lead_sheet, written_key
from training.corpus.sixteenths import sixteenths
from training.corpus.tunes import Tune

FOLDERS = {
    "pop909": ("B", "MIT (annotators); the songs are commercial compositions"),
    "openewld_pd": ("A-", "MIT; public-domain works"),
    "folk_abc": ("A-", "public-domain tunes; encodings used with the encoders' permission"),
}
METERS = {"4/4", "2/2", "2/4"}


def _per_beat(spans: list[tuple[float, float, Chord | None]]) -> dict[int, Chord]:
    """Return the chord that runs at each beat."""
    return {
        beat: chord
        for onset, end, chord in spans
        if chord is not None
        for beat in range(round(onset), max(round(onset) + 1, round(end)))
    }


def pop909(folder: Path) -> Iterator[Tune]:
    """Read POP909-CL: 4/4 songs, cut at key changes."""
    with lzma.open(folder / "pop909_cl_chords.jsonl.xz", "rt") as lines:
        facts = {fact["id"]: fact for fact in map(json.loads, lines)}
    with tarfile.open(folder / "pop909_cl_tracks_midi.tar.xz") as archive:
        for member in archive:
            fact = facts.get(Path(member.name).stem)
            stream = archive.extractfile(member)
            if fact and stream and fact["key"] and [m[1:] for m in fact["timesig"]] == [[4, 4]]:
                yield from _pop909_song(fact, mido.MidiFile(file=io.BytesIO(stream.read())))


def _pop909_song(fact: dict, midi: mido.MidiFile) -> Iterator[Tune]:  # type: ignore[type-arg]
    events = {track.name: sixteenths(track, midi.ticks_per_beat) for track in midi.tracks}
    spans = []
    for onset, duration, root, quality, bass in fact["chords"]:
        chord = Chord(root, POP_CHORD[quality], bass) if quality in POP_CHORD else None
        spans.append((onset, onset + duration, chord))
    chords = _per_beat(spans)
    accompaniment = events.get("PIANO", []) + events.get("BRIDGE", [])
    bars = 2 + max((e[0] for e in accompaniment + events["MELODY"]), default=0) // STEPS_PER_BAR
    backing = np.zeros(bars, np.float32)
    for onset, _, _, velocity in accompaniment:
        backing[onset // STEPS_PER_BAR] += velocity
    keys = [(float(at), Key.parse(name)) for at, name in fact["key"]]
    for number, (at, key) in enumerate(keys):
        begin = round(at / 4) * STEPS_PER_BAR if number else 0
        end = round(keys[number + 1][0] / 4) * STEPS_PER_BAR if number + 1 < len(keys) else 10**9
        part = [e for e in events["MELODY"] if begin <= e[0] < end]
        yield Tune(f"pop909/{fact['id']}", "pop909", key, part, chords, backing)


def openewld(folder: Path) -> Iterator[Tune]:
    """Read OpenEWLD lead sheets in 4/4 whose key is written."""
    with lzma.open(folder / "openewld_pd.jsonl.xz", "rt") as lines:
        for fact in map(json.loads, lines):
            key = written_key(fact["key"])
            if key is None or {str(m[1]) for m in fact["ts"]} - METERS:
                continue
            starts = [onset for onset, _ in fact["chords"]] + [1e9]
            spans = [(o, min(starts[n + 1], o + 16), lead_sheet(s)) for n, (o, s) in enumerate(fact["chords"])]
            shift = 4 - starts[0] if 0 < starts[0] <= 2 else 0  # a pick-up has no chord
            spans = [(o + shift, end + shift, chord) for o, end, chord in spans]
            events = [(round((o + shift) * 4), max(1, round(d * 4)), p, 90) for o, d, p in fact["notes"]]
            yield Tune(f"openewld/{fact['id']}", "openewld_pd", key, events, _per_beat(spans))


def folk(folder: Path) -> Iterator[Tune]:
    """Read folk tunes in duple metres; a pick-up of up to a beat is put before the first bar line."""
    with lzma.open(folder / "folk_melodies.jsonl.xz", "rt") as lines:
        for fact in map(json.loads, lines):
            key, meters = written_key(fact["key"]), fact["ts"]
            if key is None or {m[1] for m in meters} - METERS - {"1/32"}:
                continue
            length = (meters[1][0] if len(meters) > 1 else fact["notes"][-1][0] + fact["notes"][-1][1]) % 4
            shift = 4 - length if 0 < length <= 1 else 0
            events = [(round((o + shift) * 4), max(1, round(d * 4)), p, 90) for o, d, p in fact["notes"]]
            yield Tune(f"folk/{fact['id']}", "folk_abc", key, events, None)


READERS = {"pop909": pop909, "openewld_pd": openewld, "folk_abc": folk}
