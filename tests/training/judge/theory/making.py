"""A small data folder of every corpus that the analysis is judged on; names are such that both sides have songs."""

import io
import json
import lzma
from itertools import count
from pathlib import Path

import mido

from engines.theory.chord import Chord
from tests.training.beats import pack
from training.judge.theory.songs import side

ROMAN = """Composer: Nobody
Time Signature: 4/4

m1 C: I
m2 IV
m3 V7
m4 I b3 V7/V
m5-7 = m2-4
m8 G: V7 b3 I
m9 V7
m10 I
"""
NAMES = ["C", "F", "G7", "C:D7", "F", "G7", "C:D7", "D7:G", "D7", "G"]
ROCK = "[C] I | IV | V | I | I . IV . | V | I | I |"
MELODY = "[C] [OCT=4] 1 2 3 4 | 4 3 2 1 | 5 4 3 2 | 1 | 1 1 4 4 | 5 5 | 1 | 1 |"


def named(wanted: str, prefix: str = "") -> str:
    """Return a name whose song is on the side wanted."""
    return next(f"Song{n}" for n in count() if side(f"{prefix}Song{n}") == wanted)


def midi(bars: list[str], track: str = "Voice", pickup: int = 0) -> bytes:
    """Return a MIDI file of chords by bar (several joined by :), behind a pickup of one low G."""
    played = mido.MidiTrack([mido.MetaMessage("track_name", name=track)])
    if pickup:
        played += [mido.Message("note_on", note=43, velocity=80), mido.Message("note_off", note=43, time=pickup)]
    for bar in bars:
        for name in bar.split(":"):
            chord = Chord.parse(name)
            notes = [36 + chord.bass, *(60 + pc for pc in chord.pitch_classes)]
            played += [mido.Message("note_on", note=note, velocity=80) for note in notes]
            ticks = 1920 // len(bar.split(":"))
            played += [mido.Message("note_off", note=note, time=ticks * (not n)) for n, note in enumerate(notes)]
    out = io.BytesIO()
    mido.MidiFile(tracks=[played]).save(file=out)
    return out.getvalue()


def lied(wanted: str) -> str:
    """Return the title of a Lied on a side."""
    return next(f"Nobody__Set__{n}" for n in count() if side(f"Nobody__Set__{n}") == wanted)


def folder(root: Path) -> Path:
    """Write all corpora, one song on each side, and a Lied whose notes are another piece."""
    titles = [lied("test"), lied("train")]
    stranger = next(f"Other__Set__{n}" for n in count() if side(f"Other__Set__{n}") == "test")
    pack(
        root / "when_in_rome_lieder" / "wir_lieder_rntxt.tar.xz",
        {f"Corpus/Lieder/{title.replace('__', '/')}/analysis.txt": ROMAN.encode() for title in (*titles, stranger)},
    )
    notes = {f"{title}.mid": midi(NAMES, pickup=480) for title in titles}
    pack(root / "openscore_lieder" / "openscore_lieder_midi.tar.xz", {**notes, f"{stranger}.mid": midi(["F#"] * 8)})
    pop = [named("test", "pop909/"), named("train", "pop909/")]
    loop = ["Am", "F", "C", "G"] * 4
    said = [
        [4.0 * n, 4.0, Chord.parse(name).root, Chord.parse(name).quality, Chord.parse(name).bass]
        for n, name in enumerate(loop)
    ]
    lines = [json.dumps({"id": one, "key": [[0.0, "C"]], "chords": [*said, [64.0, 1.0, 0, "N", 0]]}) for one in pop]
    (root / "pop909").mkdir()
    (root / "pop909" / "pop909_cl_chords.jsonl.xz").write_bytes(lzma.compress("\n".join(lines).encode()))
    pack(root / "pop909" / "pop909_cl_tracks_midi.tar.xz", {f"x/{one}.mid": midi(loop, "PIANO") for one in pop})
    rock = [named("test", "rs200/"), named("train", "rs200/")]
    pack(
        root / "rs200" / "rs200_source.tar.xz",
        {
            **{f"x/rs200_harmony_exp/{one}_dt.txt": ROCK.encode() for one in rock},
            **{f"x/rs200_melody/{one}_dt.mel": MELODY.encode() for one in rock},
        },
    )
    return root
