"""A piano split into bass, arp and pad, and the key of a song that names none: rules of thumb.

What lies low and bears the chord is the bass, three notes and more that begin together are the pad, what is left runs
through the arp.
"""

import numpy as np

from engines.note import Note
from engines.theory.key import Key
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP

BASS_TOP = 52  # MIDI: E3; above it a piano's left hand accompanies
BASS_SURE = 43  # G2; below it every lowest note is bass
FEWEST_CHORD = 3  # notes that begin together and are a pad
Parts = dict[str, list[Note]]


def split_piano(piano: list[Note], bridge: list[Note]) -> Parts:
    """Return bass, arp and pad of a piano part; the second melody joins the arp."""
    groups: dict[int, list[Note]] = {}
    for note in piano:
        groups.setdefault(note.onset, []).append(note)
    found: Parts = {"bass": [], "arp": list(bridge), "pad": []}
    low = 127
    for onset in sorted(groups):
        group = sorted(groups[onset], key=lambda note: note.pitch)
        if onset % TICKS_PER_BAR < TICKS_PER_STEP:
            low = 127  # a new bar, a new lowest note
        if group[0].pitch < BASS_SURE or group[0].pitch < min(BASS_TOP, low + 3):
            low = min(low, group[0].pitch)
            found["bass"].append(group.pop(0))
        found["pad" if len(group) >= FEWEST_CHORD else "arp"] += group
    return found


def guess_key(parts: Parts) -> Key:
    """Return the key whose scale holds most notes; of relatives the one whose tonic the notes prefer."""
    counts = np.bincount([note.pitch % 12 for notes in parts.values() for note in notes], minlength=12)
    keys = [Key(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]
    return max(keys, key=lambda key: (sum(counts[pc] for pc in key.scale), counts[key.tonic], -key.tonic))
