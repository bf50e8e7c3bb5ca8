"""Small MIDI files made on the spot: a band of five, broken files, near-duplicates."""

from pathlib import Path

import mido
import numpy as np

from training.corpus.prepare import Wishes, prepare

LOOP = ((0, (0, 4, 7)), (9, (0, 3, 7)), (5, (0, 4, 7)), (7, (0, 4, 7)))
SCALE = (0, 2, 4, 5, 7, 9, 11)
VOICES = ("lead", "bass", "pad", "arp", "drums")
FORM = ((0, "Intro"), (4, "Build"), (8, "Drop"), (16, "Breakdown"), (20, "Drop 2"))


def track(name, rows, channel=0, program=0):
    """rows: (onset, duration, pitch, velocity) in ticks of 480."""
    made, now = mido.MidiTrack([mido.MetaMessage("track_name", name=name)]), 0
    made.append(mido.Message("program_change", channel=channel, program=program))
    events = [(onset, 1, pitch, velocity) for onset, _, pitch, velocity in rows]
    events += [(onset + duration, 0, pitch, 0) for onset, duration, pitch, _ in rows]
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        made.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    return made


def band(seed, bars=16, shift=0, named=True, metre=(4, 4), *, voices=VOICES, sections=()):
    """A lead of random steps, bass on the roots, held chords, a running arp, drums; shift: semitones.

    voices: those that play. sections: (bar, name) of markers.
    """
    dice = np.random.default_rng(seed)
    lead, bass, pad, arp, drums = [], [], [], [], []
    degree = 7
    for bar in range(bars):
        line = bar * 1920
        root, tones = LOOP[bar % 4]
        at = 0
        while at < 1920:
            length = int(dice.choice([240, 480, 480, 960]))
            length = min(length, 1920 - at)
            degree = int(np.clip(degree + dice.integers(-2, 3), 3, 14))
            lead.append(
                (line + at, length, 60 + shift + 12 * (degree // 7) + SCALE[degree % 7], 70 + int(dice.integers(40)))
            )
            at += length
        bass += [(line + n * 240, 200, 28 + shift + (root + 4) % 12 + 4, 90) for n in range(8)]
        pad += [(line, 1900, 48 + shift + (root + tone) % 12, 60) for tone in tones]
        arp += [(line + n * 120, 100, 72 + shift + root + (tones * 6)[n] - 12 * (root > 6), 70) for n in range(16)]
        drums += [(line + n * 480, 100, 36, 110) for n in range(4)] + [(line + n * 240, 60, 42, 80) for n in range(8)]
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(
        mido.MidiTrack([mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1]),
                        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(140))])
    )  # fmt: skip
    marks, now = file.tracks[0], 0
    for bar, name in sections:
        marks.append(mido.MetaMessage("marker", text=name, time=bar * 1920 - now))
        now = bar * 1920
    for number, (voice, rows) in enumerate(zip(VOICES, (lead, bass, pad, arp, drums), strict=True)):
        if voice in voices:
            file.tracks.append(track(voice if named else "", rows, channel=9 if voice == "drums" else number))
    return file


def folder(path: Path, songs: int = 10) -> Path:
    """Bands, one of them transposed from another, a waltz, an exact copy, a cut file, no MIDI at all, silence."""
    path.mkdir(parents=True, exist_ok=True)
    for number in range(songs):
        band(number).save(path / f"song{number:02}.mid")
    band(0, shift=3).save(path / "near.mid")
    band(1, bars=15).save(path / "shorter.mid")
    (path / "copy.mid").write_bytes((path / "song02.mid").read_bytes())
    band(50, metre=(3, 4)).save(path / "waltz.mid")
    band(51, bars=2).save(path / "short.mid")
    (path / "cut.mid").write_bytes((path / "song03.mid").read_bytes()[:900])
    (path / "text.mid").write_bytes(b"this is no MIDI file")
    (path / "sub").mkdir(exist_ok=True)
    mido.MidiFile(tracks=[mido.MidiTrack()]).save(path / "sub" / "silence.MID")
    return path


def own(path: Path, songs: int = 10, bars: int = 28, **about) -> Path:
    """A user's folder of songs; about: as `band` takes it."""
    path.mkdir(parents=True, exist_ok=True)
    for number in range(songs):
        band(number, bars, **about).save(path / f"song{number:02}.mid")
    return path


def corpus(folder: Path, out: Path) -> Path:
    """Prepare a user's folder in this process."""
    prepare(Wishes(out, midi=(folder,), workers=0))
    return out
