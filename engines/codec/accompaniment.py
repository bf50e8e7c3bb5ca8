"""Accompaniment codec: a bar of bass, arp and pad as 3 x 16 cells, what stands around them as fields and features.

A cell holds {pitch onset, HOLD, REST}, or MASK where it is not known yet. Tokens are the lead's, each voice lifted by
whole octaves into their middle, so a transposed bar is the same bar. A pad's token is its top note: the voicing
below it is found by voice leading. Law: decode(encode(bar)) is a fixed point.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec import grid, lead
from engines.codec.grid import VELOCITY_BINS, Context, drop_groups, fingerprint, nearest_step
from engines.codec.lead import HOLD, PITCHES, REST, START, TOKENS, LeadGrid
from engines.note import Bar, Note
from engines.units import STEPS_PER_BAR

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

VOICES: Final = ("bass", "arp", "pad")
LIFTS: Final = (24, -12, -12)  # semitones by which a voice is moved to lie in the middle of the lead's vocabulary
MASK: Final = START
LAGS: Final = (1, 2, 4)  # bars ago whose same voices are seen: at these lags accompaniments repeat
SILENT: Final = PITCHES  # of the field that says which pitch of the lead sounds

# fields of a step: the three voices now, the lead's token, its sounding pitch, the three voices at every lag
NOW: Final = slice(0, len(VOICES))
LEAD: Final = slice(len(VOICES), len(VOICES) + 2)
PAST: Final = slice(len(VOICES) + 2, len(VOICES) * (1 + len(LAGS)) + 2)
FIELDS: Final = (MASK + 1,) * (len(VOICES) * (1 + len(LAGS)) + 2)
FEATURES: Final = grid.FEATURES + len(VOICES)  # and the density of each voice
HEADS: Final = (TOKENS,) * len(VOICES) + (VELOCITY_BINS,) * len(VOICES)
FINGERPRINT: Final = fingerprint("accompaniment", 1, VOICES, LIFTS, LAGS, FIELDS, FEATURES, HEADS, MASK, SILENT)


class Cells(msgspec.Struct, frozen=True, eq=False):
    """One bar. tokens int64 [3, 16]; bins int64 [3, 16]: velocity bins, 0 where nothing begins."""

    tokens: Ints
    bins: Ints


def encode(bar: Bar, voice: str, tonic: int, ringing: int = 0) -> LeadGrid:
    """Put one voice on the grid: of notes that begin together the bass keeps the lowest, the others the highest.

    ringing: steps at the start of the bar during which a note of the bar before still sounds.
    """
    lift = LIFTS[VOICES.index(voice)]
    notes = _lowest(bar.notes) if voice == "bass" else bar.notes
    return lead.encode(Bar(tuple(_moved(note, lift) for note in notes), bar.length), tonic, ringing)


def _lowest(notes: Sequence[Note]) -> list[Note]:
    kept: dict[int, Note] = {}
    for note in notes:
        step = nearest_step(note.onset)
        if step not in kept or note.pitch < kept[step].pitch:
            kept[step] = note
    return sorted(kept.values())


def _moved(note: Note, lift: int) -> Note:
    pitch = note.pitch + lift
    while not 0 <= pitch <= 127:
        pitch += 12 if pitch < 0 else -12
    return msgspec.structs.replace(note, pitch=pitch)


def decode(cells: LeadGrid, voice: str, tonic: int) -> Bar:
    """Return the line of a voice (of a pad its top notes) that begins in the bar."""
    lift = LIFTS[VOICES.index(voice)]
    return Bar.of(_moved(note, -lift) for note in lead.decode(cells, tonic).notes)


def quantise(bar: Bar, voice: str, tonic: int) -> Bar:
    """Return what the grid keeps of a voice's bar."""
    return decode(encode(bar, voice, tonic), voice, tonic)


def pitches(voice: str, tonic: int) -> Ints:
    """Return the MIDI pitch of each pitch token of a voice, int64 [61]; some lie outside 0..127."""
    return np.arange(PITCHES) + lead.token_pitch(0, tonic) - LIFTS[VOICES.index(voice)]


def sounding(tokens: Ints, before: int = SILENT) -> Ints:
    """Return the pitch token that sounds at each step of a line [T], SILENT where none does or nothing is known."""
    found = np.empty_like(tokens)
    for step, token in enumerate(tokens.tolist()):
        before = token if token < PITCHES else before if token == HOLD else SILENT
        found[step] = before
    return found


def fields(now: Ints, melody: Ints, past: Ints) -> Ints:
    """Return the inputs [16, K]: now [3, 16] (MASK = to be found), melody [2, 16], past [len(LAGS), 3, 16]."""
    return np.concatenate([now, melody, past.reshape(-1, STEPS_PER_BAR)]).T


def untold() -> Ints:
    """Return cells [3, 16] of which nothing is known."""
    return np.full((len(VOICES), STEPS_PER_BAR), MASK, np.int64)


def features(context: Context, densities: Sequence[float]) -> Floats:
    """Return the conditions of a bar, float32 [16, FEATURES]; densities 0..1 of bass, arp, pad."""
    own = np.tile(np.array(densities, np.float32), (STEPS_PER_BAR, 1))
    return drop(np.concatenate([grid.features(context), own], axis=-1), context.dropped)


def drop(found: Floats, groups: frozenset[str] | tuple[str, ...]) -> Floats:
    """Return features [.., FEATURES] with groups untold."""
    after = np.concatenate([drop_groups(found[..., : grid.FEATURES], groups), found[..., grid.FEATURES :]], axis=-1)
    if "density" in groups:
        after[..., grid.FEATURES :] = 0
    return after


def settle(tokens: Ints) -> Ints:
    """Return cells [.., 16] as they sound: MASK holds what sounds, and a HOLD of nothing is a REST."""
    found = np.where(tokens == MASK, HOLD, tokens)
    for step in range(found.shape[-1]):
        silent = found[..., step - 1] == REST if step else np.ones(found.shape[:-1], bool)
        found[..., step] = np.where((found[..., step] == HOLD) & silent, REST, found[..., step])
    return found
