"""What tells a piece from others whatever its key: a hash of its notes, and shingles for near-duplicates."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from engines.theory.chord import Chord
from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP
from training.corpus.build import notes_of
from training.corpus.piece import Piece
from training.corpus.tokens import lead_track
from training.split import SHINGLE, shingles

LONG_SHINGLE = 16  # of drums and of chords alone: their short runs are idiom


def music_hash(piece: Piece) -> str:
    """Return a hash of notes and chords, equal for transpositions and for other names of tracks."""
    digest = hashlib.blake2b(digest_size=16)
    pitched = [notes_of(track) for track in piece.tracks if track.role != "drums"]
    beaten = [notes_of(track) for track in piece.tracks if track.role == "drums"]
    for rows, keyless in ((pitched, True), (beaten, False)):
        if rows and any(len(row) for row in rows):
            notes = np.concatenate(rows)[:, :3]
            notes = notes[np.lexsort(notes.T[::-1])]
            digest.update((notes - [0, 0, notes[0, 2] if keyless else 0]).astype("<i8").tobytes())
        digest.update(b"|")
    chords = [Chord.parse(span.label) for span in piece.chords] if not pitched else []
    for span, chord in zip(piece.chords if chords else (), chords, strict=True):
        digest.update(repr((span.tick, span.end, (chord.root - chords[0].root) % 12, chord.quality)).encode())
    return digest.hexdigest()


def line(piece: Piece) -> tuple[list[int], list[int], int]:
    """Return (onsets in steps, pitches, shingle size) of what a listener would know the piece by.

    The lead; else the top notes of all pitched tracks; else the drums; else the roots of the chords.
    """
    track = lead_track(piece)
    if track is not None:
        return *_top(notes_of(track)), SHINGLE
    pitched = [notes_of(track) for track in piece.tracks if track.role != "drums"]
    if pitched:
        return *_top(np.concatenate(pitched)), SHINGLE
    if piece.tracks:
        notes = np.concatenate([notes_of(track) for track in piece.tracks])
        notes = notes[np.lexsort((notes[:, 2], notes[:, 0] // TICKS_PER_STEP))]
        return (notes[:, 0] // TICKS_PER_STEP).tolist(), notes[:, 2].tolist(), LONG_SHINGLE
    roots = [Chord.parse(span.label).root for span in piece.chords]
    return [span.tick // TICKS_PER_BEAT for span in piece.chords], roots, LONG_SHINGLE


def _top(notes: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Return the highest pitch of every step where something begins."""
    step = (notes[:, 0] + TICKS_PER_STEP // 2) // TICKS_PER_STEP
    order = np.lexsort((-notes[:, 2], step))
    steps, first = np.unique(step[order], return_index=True)
    return steps.tolist(), notes[order][first, 2].tolist()


def shingle_hashes(piece: Piece, most: int) -> NDArray[np.uint64]:
    """Return the piece's shingles, sorted; the `most` lowest."""
    onsets, pitches, size = line(piece)
    return np.array(sorted(shingles(onsets, pitches, size))[:most], "<u8")
