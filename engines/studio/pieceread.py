"""A piece of ours as Music, for the analysis: what a combined file of it would hold."""

from typing import TYPE_CHECKING

import numpy as np

from engines.analysis.music import Marker, Metre, Music, Tempo, Track
from engines.studio.midifile import CHANNELS, signature
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, VOICES

if TYPE_CHECKING:
    from engines.studio.piece import Piece


def music_of(piece: "Piece") -> Music:
    """Return the notes by voice, sections as markers, tempo and metre; voices that never play are left out."""
    tracks = []
    for voice in VOICES:
        rows = [(note.tick, note.duration, note.pitch, note.velocity) for note in piece.notes[voice]]
        if rows:
            tracks.append(Track(voice, np.array(rows, np.int64), -1, CHANNELS[voice], voice == "drums"))
    plans = piece.plan
    sections = tuple(Marker(plan.index * TICKS_PER_BAR, plan.section) for plan in plans if plan.section_bar == 0)
    keys = ((0, signature(plans[0].key)),) if plans else ()
    return Music(tuple(tracks), (Metre(0, BEATS_PER_BAR, 4),), (Tempo(0, piece.order.bpm),), sections, keys)
