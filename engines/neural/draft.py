"""Sampling several candidate lead bars at once, step by step, under masks and wishes."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import bin_velocity
from engines.codec.lead import HOLD, PITCHES, REST, TOKENS, advance
from engines.neural.memory import State
from engines.neural.sampling import distribution, guided, pick, softmax
from engines.neural.session import Sampler
from engines.neural.wish import LeadDecoding, Tones, Wish
from engines.note import Note
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_BAR, TICKS_PER_STEP

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Brief(msgspec.Struct, frozen=True):
    """Everything one bar is sampled from.

    told: features [R, 16, F] as the session wants them, R = 2 with guidance (all conditions; without chords)
    else 1. pull: register bias [16, TOKENS]. forced: (token, bin) per step that is settled already, else None.
    marks: uniform numbers [16, 2, C], the only chance in it. lowest: MIDI pitch of token 0. motif: tokens [16]
    worth coming back to, as much as faith 0..1 says.
    """

    told: Floats
    tones: Tones
    wish: Wish
    pull: Floats
    forced: tuple[tuple[int, int] | None, ...]
    marks: NDArray[np.float64]
    lowest: int
    motif: Ints | None
    faith: float


class Draft(msgspec.Struct, frozen=True):
    """C candidate bars: tokens and bins [C, 16], log-likelihood [C], the session's state after all, inputs [C, K]."""

    tokens: Ints
    bins: Ints
    likelihood: Floats
    hidden: Any
    fields: Ints


def sample(session: Sampler, brief: Brief, state: State, numbers: LeadDecoding) -> Draft:
    """Return C candidates for the bar, C = number of marks."""
    count, rows = brief.marks.shape[-1], len(brief.told)
    told = np.ascontiguousarray(np.repeat(brief.told, count, axis=0).transpose(1, 0, 2))
    hidden, fields = session.spread(state.hidden, count), np.repeat(state.fields, count, axis=0)
    blues, onsets = np.full(count, numbers.blue_notes), np.zeros(count)
    sounding, likelihood = np.full(count, state.ringing > 0), np.zeros(count, np.float32)
    tokens, bins = (np.zeros((count, STEPS_PER_BAR), np.int64) for _ in range(2))
    for step in range(STEPS_PER_BAR):
        logits, hidden = session.step(np.concatenate([fields] * rows), told[step], hidden)
        settled = brief.forced[step]
        if settled is not None:
            tokens[:, step], bins[:, step] = settled
        else:
            allowed = brief.tones.inside[step] | (brief.tones.blue[step] & (blues > 0)[:, None])
            allowed[:, REST], allowed[:, HOLD] = True, sounding
            bias = _bias(brief, step, onsets, numbers)
            chances = _chances(logits, allowed, bias, float(brief.wish.temperature[step]), numbers)
            tokens[:, step] = pick(chances, brief.marks[step, 0])
            if (tokens[:, step] < PITCHES).any():
                bins[:, step] = pick(softmax(logits[:count, TOKENS:]), brief.marks[step, 1])
            likelihood += np.log(chances[np.arange(count), tokens[:, step]] + np.float32(1e-9))
        now = tokens[:, step]
        blues -= brief.tones.blue[step, now]
        sounding = (now < PITCHES) | ((now == HOLD) & sounding)
        onsets += now < PITCHES
        fields = advance(fields, now, bins[:, step])
    return Draft(tokens, bins, likelihood, hidden, fields)


def _bias(brief: Brief, step: int, onsets: NDArray[np.float64], numbers: LeadDecoding) -> Floats:
    """Return the biases [C, TOKENS]: register, chord tones on strong steps, and notes still owed, rests."""
    line = brief.pull[step] - numbers.blue_penalty * brief.tones.blue[step]
    if step % STEPS_PER_BEAT == 0:
        line = line + numbers.chord_bias * brief.tones.chord[step]
    owed = np.clip(numbers.notes_gain * (brief.wish.notes * (step + 0.5) / STEPS_PER_BAR - onsets), -3, 3)
    found = np.repeat(line[None].astype(np.float32), len(onsets), axis=0)
    found[:, :PITCHES] += owed[:, None]
    found[:, REST] += numbers.rest_bias
    return found


def _chances(
    logits: Floats, allowed: NDArray[np.bool_], bias: Floats, temperature: float, numbers: LeadDecoding
) -> Floats:
    count = len(allowed)
    told = logits[:count, :TOKENS]
    if len(logits) > count:
        told = guided(told, logits[count:, :TOKENS], numbers.guidance)
    return distribution(told, allowed=allowed, bias=bias, temperature=temperature, k=numbers.top_k, p=numbers.top_p)


def ring_on(session: Sampler, draft: Draft, chosen: int, told: Floats, marks: NDArray[np.float64]) -> int:
    """Return for how many steps the chosen bar's last note rings over the bar line, at most len(marks).

    told: features [16, F] of the next bar as far as it is known. The note rings on while HOLD is drawn.
    """
    hidden, fields = session.pick(draft.hidden, chosen), draft.fields[chosen : chosen + 1]
    for step, mark in enumerate(marks):
        logits, hidden = session.step(fields, told[None, step], hidden)
        if float(softmax(logits[:, :TOKENS])[0, HOLD]) <= mark:
            return step
        fields = advance(fields, np.array([HOLD]), np.zeros(1, np.int64))
    return len(marks)


def notes_of(draft: Draft, chosen: int, brief: Brief, tail: int, accent: float) -> list[Note]:
    """Return the new notes of the chosen candidate.

    Velocities lie around the wished one, and only their differences are the network's: so the mean of a bar
    is what the tension asks for.
    """
    tokens, bins = draft.tokens[chosen].tolist(), draft.bins[chosen]
    onsets = [s for s in range(STEPS_PER_BAR) if tokens[s] < PITCHES and brief.forced[s] is None]
    loud = {step: bin_velocity(int(bins[step])) for step in onsets}
    mean = sum(loud.values()) / max(1, len(loud))
    notes = []
    for step in onsets:
        end = step + 1
        while end < STEPS_PER_BAR and tokens[end] == HOLD:
            end += 1
        length = end - step + (tail if end == STEPS_PER_BAR else 0)
        velocity = round(float(brief.wish.velocity[step]) + accent * (loud[step] - mean))
        duration = min(TICKS_PER_BAR, length * TICKS_PER_STEP)
        notes.append(Note(step * TICKS_PER_STEP, duration, tokens[step] + brief.lowest, max(1, min(127, velocity))))
    return notes
