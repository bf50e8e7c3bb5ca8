"""MIDI files as arrays: notes in engine ticks, maps of tempo, metre and key.

Read by symusic (C++, about 100 times faster than a reader in Python); what it cannot read is a `BrokenFile`.
"""

import numpy as np
from symusic import Score

from engines.analysis.music import Metre, Tempo
from engines.units import TICKS_PER_BEAT
from training.corpus.parts import BrokenFile, Ints, Midi, Part

LONGEST_TICKS = 2**27  # 145 hours at 120 bpm: a damaged delta time, which no array shall follow


def read_midi(data: bytes) -> Midi:
    """Return a MIDI file's music; BrokenFile where it holds none."""
    try:
        score = Score.from_midi(data)
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise BrokenFile(f"no MIDI file: {str(error)[:80]}") from error
    if score.tpq <= 0:
        raise BrokenFile("no ticks per beat")
    if score.end() * TICKS_PER_BEAT / score.tpq > LONGEST_TICKS:
        raise BrokenFile("endless: a damaged delta time")
    per = TICKS_PER_BEAT / score.tpq
    parts = tuple(Part(track.name, track.program, track.is_drum, _notes(track, per)) for track in score.tracks)
    tempos = tuple(Tempo(round(t.time * per), round(60e6 / max(1, t.mspq), 3)) for t in score.tempos)
    metres = tuple(Metre(round(m.time * per), m.numerator, m.denominator) for m in score.time_signatures)
    keys = tuple((round(k.time * per), k.key, bool(k.tonality)) for k in score.key_signatures)
    markers = tuple((round(m.time * per), m.text) for m in score.markers)
    return Midi(tuple(p for p in parts if len(p.notes)), tempos, metres, keys, markers)


def _notes(track: object, per: float) -> Ints:
    soa = track.notes.numpy()  # type: ignore[attr-defined]
    onset = np.rint(soa["time"] * per).astype(np.int64)
    end = np.rint((soa["time"].astype(np.int64) + soa["duration"]) * per).astype(np.int64)
    pitch, velocity = (soa[name].astype(np.int64) & 127 for name in ("pitch", "velocity"))
    found = np.stack([onset, np.maximum(1, end - onset), pitch, velocity], axis=1)
    found = found[(velocity > 0) & (onset >= 0)]
    return found[np.lexsort(found.T[::-1])]
