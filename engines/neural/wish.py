"""What the performer's knobs mean for a lead bar, in numbers of the card's `decoding`."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.lead import PITCHES, TOKENS, token_pitch
from engines.plan import Plan
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_STEP

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_PITCHES: Final = np.arange(PITCHES)


class LeadDecoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decoding numbers of a lead; `configs/experts/lead.yaml` says what each does."""

    candidates: float = 6
    guidance: float = 1.3
    temperature_calm: float = 0.85
    temperature_tense: float = 1.0
    variation_heat: float = 0.3
    top_k: float = 0
    top_p: float = 0.92
    range_low: float = 55
    range_high: float = 91
    chord_bias: float = 0.7
    blue_notes: float = 1
    blue_penalty: float = 1.5
    tension_share: float = 0.6
    notes_calm: float = 2
    notes_tense: float = 10
    notes_gain: float = 0.35
    rest_bias: float = 0.5
    register_calm: float = 64
    register_tense: float = 79
    register_width: float = 6
    velocity_calm: float = 66
    velocity_tense: float = 116
    velocity_accent: float = 0.5
    tail_steps: float = 4
    rank_likelihood: float = 1.0
    rank_notes: float = 0.5
    rank_register: float = 0.12
    rank_chords: float = 0.6
    rank_motif: float = 2.0
    rank_tension: float = 0.0
    tension_low: float = 0.32
    tension_high: float = 0.5
    rank_interlock: float = 0.0
    near: float = 2
    budget: float = 16
    rank_critic: float = 0.0
    critic: float = 1


class Wish(msgspec.Struct, frozen=True):
    """What one bar shall be: notes in it, and per step mean pitch (MIDI), velocity, temperature, tension."""

    notes: float
    activity: float
    register: Floats
    velocity: Floats
    temperature: Floats


def wish_of(plan: Plan, numbers: LeadDecoding) -> Wish:
    """Return the wishes of a plan for the lead."""
    tense = np.repeat(np.array(plan.tension, np.float32), STEPS_PER_BEAT)
    share = numbers.tension_share
    activity = share * plan.mean_tension + (1 - share) * plan.density.get("lead", 0.5)

    heat = 1 + numbers.variation_heat * (plan.variation - 0.3)

    def between(calm: float, wild: float) -> Floats:
        return np.asarray(calm + (wild - calm) * tense, np.float32)

    return Wish(
        notes=numbers.notes_calm + (numbers.notes_tense - numbers.notes_calm) * activity,
        activity=activity,
        register=between(numbers.register_calm, numbers.register_tense),
        velocity=between(numbers.velocity_calm, numbers.velocity_tense),
        temperature=between(numbers.temperature_calm, numbers.temperature_tense) * np.float32(heat),
    )


class Tones(msgspec.Struct, frozen=True):
    """Which tokens fit each step, bool [16, TOKENS] each; HOLD and REST fit nowhere here.

    inside: scale and chord tones in range. blue: other pitches in range. chord: tones of the running chord.
    """

    inside: Mask
    blue: Mask
    chord: Mask


def tones_of(plan: Plan, numbers: LeadDecoding) -> Tones:
    """Return the chord-scale of every step: the key's scale bent to the chord that runs.

    A chord tone off the scale replaces the scale's note of the same degree (G# of E major in A minor: no G).
    """
    tonic = plan.key.relative_major
    pitches = _PITCHES + token_pitch(0, tonic)
    reach = (pitches >= numbers.range_low) & (pitches <= numbers.range_high)
    inside, chord = (np.zeros((STEPS_PER_BAR, TOKENS), bool) for _ in range(2))
    for beat in range(BEATS_PER_BAR):
        running = plan.chord_at(beat * STEPS_PER_BEAT * TICKS_PER_STEP)
        tones = set(running.pitch_classes)
        replaced = {plan.key.scale[plan.key.place(tone)[0] - 1] for tone in tones if not plan.key.contains(tone)}
        scale = (set(plan.key.scale) - (replaced - tones)) | tones
        steps = slice(beat * STEPS_PER_BEAT, (beat + 1) * STEPS_PER_BEAT)
        inside[steps, :PITCHES] = reach & _classes(scale)[pitches % 12]
        chord[steps, :PITCHES] = reach & _classes(tones)[pitches % 12]
    blue = np.zeros_like(inside)
    blue[:, :PITCHES] = reach & ~inside[:, :PITCHES]
    blue[::STEPS_PER_BEAT] = False  # never on a strong step
    return Tones(inside, blue, chord)


def _classes(members: set[int]) -> Mask:
    found = np.zeros(12, bool)
    found[list(members)] = True
    return found


def register_bias(wish: Wish, tonic: int, width: float) -> Floats:
    """Return a soft pull of pitches to the wished register, float32 [16, TOKENS]; width in semitones."""
    pitches = _PITCHES + token_pitch(0, tonic)
    away = (pitches[None, :] - wish.register[:, None]) / width
    found = np.zeros((STEPS_PER_BAR, TOKENS), np.float32)
    found[:, :PITCHES] = -0.5 * away * away
    return found
