"""What makes a piece unfit to learn from, as reasons in words; an empty list means it is good."""

import numpy as np

from engines.analysis.music import Metre
from engines.theory.key import Key
from engines.units import TICKS_PER_BAR
from training.corpus import keys
from training.corpus.build import notes_of, pitched
from training.corpus.config import Config
from training.corpus.measures import polyphony
from training.corpus.piece import Piece


def bars(piece: Piece) -> int:
    """Return the length in bars of 4/4, from the first bar line to the end of the last note or chord."""
    notes = [notes_of(track) for track in piece.tracks if track.events]
    ends = [int((row[:, 0] + row[:, 1]).max()) for row in notes] + [span.end for span in piece.chords]
    return -(-max(ends, default=0) // TICKS_PER_BAR)


def faults(piece: Piece, config: Config) -> list[str]:
    """Return every reason against a piece."""
    bounds = config.quality
    found = metre_faults(piece.metres, config.metres)
    length = bars(piece)
    drums_alone = bool(piece.tracks) and all(track.role == "drums" for track in piece.tracks)
    if length < bounds.shortest_bars and not drums_alone and piece.meta.get("form") != "pattern":
        found.append(f"too short: {length} bars")
    if length > bounds.longest_bars:
        found.append(f"too long: {length} bars")
    if any(not bounds.slowest_bpm <= tempo.bpm <= bounds.fastest_bpm for tempo in piece.tempos):
        found.append("tempo: outside the bounds")
    return found + _note_faults(piece, config, drums_alone)


def _note_faults(piece: Piece, config: Config, drums_alone: bool) -> list[str]:
    bounds, found = config.quality, []
    total = sum(len(track.events) for track in piece.tracks)
    if not piece.tracks:
        return [] if len(piece.chords) >= bounds.fewest_chords else [f"too few chords: {len(piece.chords)}"]
    if drums_alone or piece.meta.get("form") == "pattern":
        return [] if total >= bounds.fewest_hits else [f"too few hits: {total}"]
    if total < bounds.fewest_notes:
        found.append(f"too few notes: {total}")
    notes, _ = pitched(piece.tracks)
    if len(notes):
        fit = key_fit(piece, config)
        if fit < bounds.key_fit:
            found.append(f"key fit: {fit:.2f}")
        together = polyphony(notes[np.lexsort(notes.T[::-1])])
        if together > bounds.most_polyphony:
            found.append(f"polyphony: {together:.0f} notes at once")
        share = np.bincount(notes[:, 2]).max() / len(notes)
        if share > bounds.highest_share_at_one_pitch:
            found.append(f"range: {share:.0%} of the notes are one pitch")
    return found


def key_fit(piece: Piece, config: Config) -> float:
    """Return the share of pitched time in the running key's scale; 1 where nothing is pitched or no key is told."""
    inside = whole = 0.0
    ends = [mark.tick for mark in piece.keys[1:]] + [2**62]
    for track in piece.tracks:
        if track.role == "drums":
            continue
        notes = notes_of(track)
        for number, (mark, end) in enumerate(zip(piece.keys, ends, strict=True)):
            start = mark.tick if number else -(2**62)
            part = notes[(notes[:, 0] >= start) & (notes[:, 0] < end)]
            time = keys.sounding(part, config.key.longest_beats)
            inside += keys.fit(time, Key(mark.tonic, mark.mode)) * float(time.sum())
            whole += float(time.sum())
    return inside / whole if whole else 1.0


def metre_faults(metres: tuple[Metre, ...], allowed: tuple[str, ...]) -> list[str]:
    """Return what the grid of four beats cannot hold."""
    foreign = sorted({f"{m.beats}/{m.unit}" for m in metres} - set(allowed))
    if foreign:
        return [f"metre: {', '.join(foreign)}"]
    if any(metre.tick % TICKS_PER_BAR for metre in metres):
        return ["metre: changes within a bar of four beats"]
    return []
