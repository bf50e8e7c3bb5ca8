"""Grid tokens of a piece, by the codecs of engines: what the experts learn from, per bar of 4/4.

lead: tokens, bins int16 [N, 16] relative to the first key. drums: velocities int16 [N, 16, 9] (0 = no hit) and
offsets int16 ticks. harmony: tokens int16 [C], onsets and beats float32 [C].
"""

import numpy as np
from numpy.typing import NDArray

from engines.codec import drums, lead
from engines.codec.harmony import quality_class, token_of
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus.build import notes_of
from training.corpus.piece import Event, Piece, Track

Arrays = dict[str, NDArray[np.generic]]


def lead_track(piece: Piece) -> Track | None:
    """Return the surest lead; of equals the one with most notes."""
    leads = [track for track in piece.tracks if track.role == "lead" and track.events]
    return max(leads, key=lambda track: (track.confidence, len(track.events)), default=None)


def tokens(piece: Piece) -> Arrays:
    """Return every array that the piece has something for."""
    found: Arrays = {}
    track = lead_track(piece)
    if track is not None and piece.keys:
        found |= lead_tokens(track, Key(piece.keys[0].tonic, piece.keys[0].mode).relative_major)
    beaten = [track for track in piece.tracks if track.role == "drums"]
    if beaten:
        found |= drum_tokens(beaten)
    if piece.chords and piece.keys:
        found |= harmony_tokens(piece)
    return found


def bars_of(events: tuple[Event, ...]) -> list[Bar]:
    """Return events as bars of 4/4 from the first bar line; a pickup is bar 0 where there is one."""
    shift = TICKS_PER_BAR if events and events[0].onset < 0 else 0
    last = max((e.onset for e in events), default=-1) + shift
    rows: list[list[Note]] = [[] for _ in range(last // TICKS_PER_BAR + 1)]
    for event in events:
        bar, onset = divmod(event.onset + shift, TICKS_PER_BAR)
        rows[bar].append(Note(onset, min(TICKS_PER_BAR, event.duration), event.pitch, event.velocity))
    return [Bar.of(row) for row in rows]


def lead_tokens(track: Track, tonic: int) -> Arrays:
    """Return a melody on the lead codec's grid; tonic: of the relative major."""
    ringing, rows = 0, []
    for bar in bars_of(track.events):
        rows.append(lead.encode(bar, tonic, ringing))
        ringing = rows[-1].tail
    return {
        "lead_tokens": np.array([row.tokens for row in rows], np.int16).reshape(-1, 16),
        "lead_bins": np.array([row.bins for row in rows], np.int16).reshape(-1, 16),
    }


def drum_tokens(tracks: list[Track]) -> Arrays:
    """Return all drum tracks together on the drum codec's grid."""
    notes = np.concatenate([notes_of(track) for track in tracks])
    notes = notes[(notes[:, 0] >= 0) & np.isin(notes[:, 2], list(drums.CLASS_OF))]
    step = (notes[:, 0] + drums.NOTE_TICKS // 2) // drums.NOTE_TICKS
    count = int(step.max()) // 16 + 1 if len(notes) else 0
    velocities, offsets = (np.zeros((count * 16, drums.COUNT), np.int16) for _ in range(2))
    number = np.array([drums.CLASS_OF[pitch] for pitch in notes[:, 2].tolist()], np.int64)
    order = np.argsort(notes[:, 3], kind="stable")  # the loudest of a class on a step stays
    late = np.clip(notes[:, 0] - step * drums.NOTE_TICKS, -drums.MAX_OFFSET, drums.MAX_OFFSET)
    velocities[step[order], number[order]] = notes[order, 3]
    offsets[step[order], number[order]] = late[order]
    shape = (count, 16, drums.COUNT)
    return {"drum_velocities": velocities.reshape(shape), "drum_offsets": offsets.reshape(shape)}


def harmony_tokens(piece: Piece) -> Arrays:
    """Return chord changes relative to the running key's relative major, equal neighbours merged."""
    rows: list[list[float]] = []
    for span in piece.chords:
        running = max((m for m in piece.keys if m.tick <= span.tick), key=lambda m: m.tick, default=piece.keys[0])
        chord, key = Chord.parse(span.label), Key(running.tonic, running.mode)
        token = token_of((chord.root - key.relative_major) % 12, quality_class(chord.quality))
        if rows and rows[-1][0] == token:
            rows[-1][2] = span.end
        else:
            rows.append([token, span.tick, span.end])
    made = np.array(rows).reshape(-1, 3)
    return {
        "harmony_tokens": made[:, 0].astype(np.int16),
        "harmony_onsets": (made[:, 1] / TICKS_PER_BEAT).astype(np.float32),
        "harmony_beats": ((made[:, 2] - made[:, 1]) / TICKS_PER_BEAT).astype(np.float32),
    }
