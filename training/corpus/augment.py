"""Augmentation as a function on read, after the split: keys, loudness, octaves; the music stays the music."""

import msgspec
import numpy as np

from engines.theory.chord import Chord
from training.corpus.config import Augment
from training.corpus.piece import Event, KeyMark, Piece, Span, Track

KEYS = range(-5, 7)  # the twelve keys, each reached by the nearer way


def transpose(piece: Piece, semitones: int) -> Piece:
    """Return a piece in another key: notes but not drums, chords, keys; ValueError where a note leaves 0..127."""
    tracks = tuple(track if track.role == "drums" else shift(track, semitones) for track in piece.tracks)
    keys = tuple(KeyMark(mark.tick, (mark.tonic + semitones) % 12, mark.mode, mark.confidence) for mark in piece.keys)
    chords = tuple(
        Span(span.tick, span.end, moved(Chord.parse(span.label), semitones).name, span.confidence)
        for span in piece.chords
    )
    return msgspec.structs.replace(piece, tracks=tracks, keys=keys, chords=chords)


def moved(chord: Chord, semitones: int) -> Chord:
    """Return a chord so many semitones higher."""
    return Chord((chord.root + semitones) % 12, chord.quality, (chord.bass + semitones) % 12)


def shift(track: Track, semitones: int) -> Track:
    """Return a track so many semitones higher."""
    pitches = [event.pitch + semitones for event in track.events]
    if pitches and not 0 <= min(pitches) <= max(pitches) <= 127:
        raise ValueError(f"track {track.name}: {semitones} semitones leave the range")
    events = tuple(Event(e.onset, e.duration, p, e.velocity) for e, p in zip(track.events, pitches, strict=True))
    return msgspec.structs.replace(track, events=tuple(sorted(events)))


def louder(track: Track, change: int) -> Track:
    """Return a track with all velocities changed alike, within 1..127."""
    events = tuple(Event(e.onset, e.duration, e.pitch, max(1, min(127, e.velocity + change))) for e in track.events)
    return msgspec.structs.replace(track, events=tuple(sorted(events)))


def octave(track: Track, dice: np.random.Generator, bounds: Augment) -> Track:
    """Return a lead or arp an octave up or down where its range permits, now and then; any other track as it is."""
    wish = int(dice.integers(-1, 2)) * 12
    pitches = [event.pitch + wish for event in track.events]
    if not wish or track.role not in {"lead", "arp"} or not pitches:
        return track
    inside = bounds.octave_low <= min(pitches) and max(pitches) <= bounds.octave_high
    return shift(track, wish) if inside else track


def augment(piece: Piece, dice: np.random.Generator, bounds: Augment) -> Piece:
    """Return the piece in one of twelve keys, each track a little louder or softer, leads in another octave."""
    tracks = tuple(octave(track, dice, bounds) for track in piece.tracks)
    changes = dice.integers(-bounds.velocity, bounds.velocity + 1, size=len(tracks))
    tracks = tuple(louder(track, int(change)) for track, change in zip(tracks, changes, strict=True))
    changed, semitones = msgspec.structs.replace(piece, tracks=tracks), int(dice.choice(list(KEYS)))
    try:
        return transpose(changed, semitones)
    except ValueError:
        return changed
