"""Lead codec: a bar of one melody line as 16 tokens {pitch, HOLD, REST} and velocity bins.

Pitch tokens count semitones from the relative-major tonic nearest to C4 (MIDI 54..65), so that the same
melody in another key is the same tokens.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import VELOCITY_BINS, bin_velocity, fingerprint, nearest_step, velocity_bin
from engines.note import Bar, Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

Ints = NDArray[np.int64]

PITCHES: Final = 61
CENTRE: Final = 30  # token of the tonic nearest to C4
HOLD: Final = PITCHES
REST: Final = PITCHES + 1
START: Final = PITCHES + 2  # only ever an input: nothing was heard before
TOKENS: Final = PITCHES + 2
FINGERPRINT: Final = fingerprint("lead", 2, PITCHES, CENTRE, HOLD, REST, START)


class LeadGrid(msgspec.Struct, frozen=True):
    """A bar on the grid.

    tokens: 16 of 0..60 (onset of that pitch), HOLD (what sounds goes on) or REST. bins: 16 velocity bins, 0
    where nothing begins. tail: steps that the last note rings beyond the bar line, 0..16.
    """

    tokens: tuple[int, ...]
    bins: tuple[int, ...]
    tail: int = 0


def tonic_pitch(tonic: int) -> int:
    """Return the MIDI pitch, 54..65, of the relative-major tonic (pitch class) that token CENTRE means."""
    return 54 + (tonic - 54) % 12


def pitch_token(pitch: int, tonic: int) -> int:
    """Return the token of a MIDI pitch, folded by octaves into the vocabulary."""
    token = pitch - tonic_pitch(tonic) + CENTRE
    while token < 0:
        token += 12
    while token >= PITCHES:
        token -= 12
    return token


def token_pitch(token: int, tonic: int) -> int:
    """Return the MIDI pitch of a pitch token."""
    return token - CENTRE + tonic_pitch(tonic)


def encode(bar: Bar, tonic: int, ringing: int = 0) -> LeadGrid:
    """Put a bar on the grid: one voice, the top note of a step wins, a later onset ends the earlier note.

    ringing: steps at the start of the bar during which a note of the bar before still sounds.
    """
    tokens = [HOLD] * min(ringing, STEPS_PER_BAR) + [REST] * max(0, STEPS_PER_BAR - ringing)
    bins, tail = [0] * STEPS_PER_BAR, max(0, ringing - STEPS_PER_BAR)
    top: dict[int, Note] = {}
    for note in bar.notes:
        step = nearest_step(note.onset)
        if step not in top or note.pitch > top[step].pitch:
            top[step] = note
    for step in sorted(top):
        note = top[step]
        length = max(1, (note.duration + TICKS_PER_STEP // 2) // TICKS_PER_STEP)
        tokens[step], bins[step] = pitch_token(note.pitch, tonic), velocity_bin(note.velocity)
        for later in range(step + 1, STEPS_PER_BAR):
            tokens[later] = HOLD if later < step + length else REST
        tail = max(0, step + length - STEPS_PER_BAR)
    return LeadGrid(tuple(tokens), tuple(bins), tail)


def decode(grid: LeadGrid, tonic: int) -> Bar:
    """Return the notes that begin in the bar; a HOLD before the first onset belongs to the bar before."""
    notes: list[Note] = []
    step = 0
    while step < STEPS_PER_BAR:
        token, begun = grid.tokens[step], step
        step += 1
        if token >= PITCHES:
            continue
        while step < STEPS_PER_BAR and grid.tokens[step] == HOLD:
            step += 1
        length = step - begun + (grid.tail if step == STEPS_PER_BAR else 0)
        duration = min(TICKS_PER_BAR, length * TICKS_PER_STEP)
        pitch = token_pitch(token, tonic)
        notes.append(Note(begun * TICKS_PER_STEP, duration, pitch, bin_velocity(grid.bins[begun])))
    return Bar(tuple(notes))


def quantise(bar: Bar, tonic: int) -> Bar:
    """Return what the grid keeps of a bar: `decode(encode(bar))`, and a fixed point of it."""
    return decode(encode(bar, tonic), tonic)


# What the network sees of the melody before a step: the last token, the pitch that sounded last, how many
# steps ago it began (a "how long held" input is what makes TonicNet strong), and its velocity bin.
NO_PITCH: Final = PITCHES
LONGEST: Final = 16
FIELDS: Final = (TOKENS + 1, PITCHES + 1, LONGEST + 1, VELOCITY_BINS)


def start_fields(batch: int) -> Ints:
    """Return the inputs before anything was heard, int64 [B, 4]."""
    return np.tile(np.array([START, NO_PITCH, LONGEST, 0], np.int64), (batch, 1))


def advance(fields: Ints, tokens: Ints, bins: Ints) -> Ints:
    """Return the inputs after these tokens and velocity bins [B] were played."""
    onset, after = tokens < PITCHES, np.empty_like(fields)
    after[:, 0] = tokens
    after[:, 1] = np.where(onset, tokens, fields[:, 1])
    after[:, 2] = np.where(onset, 0, np.minimum(fields[:, 2] + 1, LONGEST))
    after[:, 3] = np.where(onset, bins, fields[:, 3])
    return after
