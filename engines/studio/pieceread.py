"""A piece of ours as Music, for the analysis: what a combined file of it would hold."""

import numpy as np

from engines.analysis.harmony import Heard
from engines.analysis.music import Marker, Metre, Music, Tempo, Track
from engines.studio.master import Master
from engines.studio.midifile import CHANNELS, signature
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES


def told_of(master: Master) -> tuple[Heard, ...]:
    """Return the chords of a piece with their keys, each until the next one begins."""
    beats = [
        (plan.index * BEATS_PER_BAR + n, chord, plan.key) for plan in master.plan for n, chord in enumerate(plan.chords)
    ]
    found: list[Heard] = []
    for beat, chord, key in beats:
        tick = beat * TICKS_PER_BEAT
        if found and (found[-1].chord, found[-1].key) == (chord, key):
            tick = found.pop().tick
        found.append(Heard(tick, (beat + 1) * TICKS_PER_BEAT, chord, key))
    return tuple(found)


def music_of(master: Master) -> Music:
    """Return the notes by voice, sections as markers, tempo and metre; voices that never play are left out."""
    tracks = []
    for voice in VOICES:
        rows = [(note.tick, note.duration, note.pitch, note.velocity) for note in master.notes[voice]]
        if rows:
            tracks.append(Track(voice, np.array(rows, np.int64), -1, CHANNELS[voice], voice == "drums"))
    plans = master.plan
    sections = tuple(Marker(plan.index * TICKS_PER_BAR, plan.section) for plan in plans if plan.section_bar == 0)
    keys = ((0, signature(plans[0].key)),) if plans else ()
    return Music(tuple(tracks), (Metre(0, BEATS_PER_BAR, 4),), (Tempo(0, master.order.bpm),), sections, keys)
