"""What sounds between two ticks: how much of each pitch class, and what lies lowest."""

import numpy as np

from engines.analysis.music import Floats, Ints

SILENT = 128
"""The lowest pitch of a frame in which nothing sounds."""


def spread(notes: Ints, edges: Ints) -> tuple[Ints, Ints, Ints]:
    """Return (note, frame, overlap in ticks) wherever a note sounds in a frame; edges int64 [frames + 1], rising."""
    begin, end = notes[:, 0], notes[:, 0] + notes[:, 1]
    first = np.searchsorted(edges, begin, "right") - 1
    last = np.searchsorted(edges, end, "left") - 1
    spans = np.maximum(last - first + 1, 0)
    note = np.repeat(np.arange(len(notes)), spans)
    frame = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans) + np.repeat(first, spans)
    inside = (frame >= 0) & (frame < len(edges) - 1)
    note, frame = note[inside], frame[inside]
    overlap = np.minimum(end[note], edges[frame + 1]) - np.maximum(begin[note], edges[frame])
    return note, frame, overlap


def presence(notes: Ints, edges: Ints) -> Floats:
    """Return how long each pitch class sounds, as a share 0..1 of the frame, in whatever octave: [frames, 12]."""
    note, frame, overlap = spread(notes, edges)
    share = overlap / np.diff(edges)[frame]
    total = np.bincount(frame * 12 + notes[note, 2] % 12, weights=share, minlength=(len(edges) - 1) * 12)
    return np.minimum(total, 1.0).reshape(-1, 12)


def lowest(notes: Ints, edges: Ints) -> Ints:
    """Return the lowest pitch that sounds for a fifth of a frame, SILENT where none does: int64 [frames]."""
    note, frame, overlap = spread(notes, edges)
    long = overlap * 5 >= np.diff(edges)[frame]
    found = np.full(len(edges) - 1, SILENT)
    np.minimum.at(found, frame[long], notes[note[long], 2])
    return found
