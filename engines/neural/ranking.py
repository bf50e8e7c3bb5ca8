"""Which of several candidate bars to play: a weighted sum of named terms, each a wish of its own.

A term gives each candidate a number, more is better; its weight stands as `rank_<name>` in the card's decoding, and a
term of weight 0 is not computed. The same request ranks the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.lead import HOLD, PITCHES
from engines.neural.around import VOICE, Around, chord_pitches
from engines.neural.critic import KINDS, Critic, heard_bars
from engines.neural.draft import Brief, Draft
from engines.neural.interlock import crowd_of, crowding
from engines.neural.wish import LeadDecoding
from engines.theory import spiral
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPIRAL: Final = (4.0, 2.0, 2.0)  # radii that count as full diameter, momentum, strain: as the report card scales them


class Choice(msgspec.Struct, frozen=True, eq=False):
    """C candidates and all that a term may look at."""

    draft: Draft
    brief: Brief
    numbers: LeadDecoding
    around: Around
    critic: Critic | None = None

    @property
    def onset(self) -> NDArray[np.bool_]:
        """Whether a note begins, [C, 16]."""
        return self.draft.tokens < PITCHES


Term = Callable[[Choice], Floats]


def best(choice: Choice) -> int:
    """Return the number of the candidate with the highest score; ties go to the first."""
    score = np.zeros(len(choice.draft.tokens))
    for name, term in TERMS.items():
        weight = float(getattr(choice.numbers, f"rank_{name}"))
        if weight:
            score += weight * term(choice)
    return int(np.argmax(score))


def likelihood(choice: Choice) -> Floats:
    """Return nats a step."""
    return np.asarray(choice.draft.likelihood / STEPS_PER_BAR, np.float64)


def notes(choice: Choice) -> Floats:
    """Return how many notes too many or too few, negative."""
    return np.asarray(-np.abs(choice.onset.sum(axis=1) - choice.brief.wish.notes))


def register(choice: Choice) -> Floats:
    """Return how far notes lie from the wished register on average, semitones, negative; 0 without notes."""
    onset, brief = choice.onset, choice.brief
    away = np.where(onset, choice.draft.tokens + brief.lowest - brief.wish.register, 0).sum(axis=1)
    return np.asarray(-np.abs(away / np.maximum(1, onset.sum(axis=1))))


def chords(choice: Choice) -> Floats:
    """Return the share of chord tones among notes on strong steps; .5 where there are none."""
    strong = np.arange(0, STEPS_PER_BAR, STEPS_PER_BEAT)
    tokens = choice.draft.tokens[:, strong]
    onset = tokens < PITCHES
    fits = (choice.brief.tones.chord[strong][np.arange(len(strong)), tokens] & onset).sum(axis=1)
    return np.asarray(np.where(onset.any(axis=1), fits / np.maximum(1, onset.sum(axis=1)), 0.5))


def motif(choice: Choice) -> Floats:
    """Return how much of the motif comes back, 0..1, as much as faith says."""
    wanted = choice.brief.motif
    tokens = choice.draft.tokens
    return np.zeros(len(tokens)) if wanted is None else choice.brief.faith * overlap(tokens, wanted)


def overlap(tokens: Ints, wanted: Ints) -> Floats:
    """Return how much of a motif [16] each candidate [C, 16] brings back, 0..1.

    The mean of two F1: of onsets, and of onsets with the same pitch.
    """
    onset, theirs = tokens < PITCHES, wanted < PITCHES
    together = onset & theirs
    both = together.sum(axis=1) + (together & (tokens == wanted)).sum(axis=1)
    return np.asarray(both / np.maximum(1, onset.sum(axis=1) + theirs.sum()))


def tension(choice: Choice) -> Floats:
    """Return how far the spiral-array tension of candidate and chords is from the wished one, negative, 0..1.

    `tension_low` and `tension_high` of the decoding are what counts as 0 and as 1.
    """
    numbers, around = choice.numbers, choice.around
    span = max(1e-6, numbers.tension_high - numbers.tension_low)
    heard = np.array([strained(pitches, around) for pitches in _pitches(choice)])
    return -np.abs(np.clip((heard - numbers.tension_low) / span, 0, 1) - around.plan.mean_tension)


def strained(pitches: Sequence[int], around: Around) -> float:
    """Return the mean of scaled diameter, momentum and strain of a bar's MIDI pitches over its chords, 0..1."""
    found = spiral.measure([*pitches, *chord_pitches(around.plan)], around.before, around.plan.key)
    return float(np.mean([min(1.0, x / full) for x, full in zip(msgspec.structs.astuple(found), SPIRAL, strict=True)]))


def _pitches(choice: Choice) -> list[list[int]]:
    """Return the MIDI pitches that begin in each candidate."""
    rows = zip(choice.draft.tokens, choice.onset, strict=True)
    return [(row[onset] + choice.brief.lowest).tolist() for row, onset in rows]


def interlock(choice: Choice) -> Floats:
    """Return how much each candidate gets in the way of the voices already written, negative."""
    numbers, lowest = choice.numbers, choice.brief.lowest
    crowd = crowd_of(choice.around.written, VOICE, near=numbers.near, budget=numbers.budget)
    if not crowd.onsets.any():
        return np.zeros(len(choice.draft.tokens))
    rows = zip(choice.draft.tokens, choice.onset, strict=True)
    return -np.array([crowding(_held(row, lowest), onset, crowd) for row, onset in rows])


def _held(row: Ints, lowest: int) -> Ints:
    """Return the MIDI pitch that sounds at each step, -1 for none."""
    last = np.maximum.accumulate(np.where(row == HOLD, -1, np.arange(len(row))))
    token = np.where(last >= 0, row[np.maximum(last, 0)], PITCHES)
    return np.where(token < PITCHES, token + lowest, -1)


def critic(choice: Choice) -> Floats:
    """Return the learned critic's log-odds of real music against a lead's own samples; 0 without a critic.

    Its other kinds of fakes are left out: candidates that fit the chords better than real melodies do won by them.
    """
    tokens = choice.draft.tokens
    if choice.critic is None:
        return np.zeros(len(tokens))
    found = choice.critic.judge(heard_bars(choice.around.rows, tokens), choice.around.grid)
    return np.asarray(found[:, KINDS.index("sampled")], np.float64)


TERMS: Final[Mapping[str, Term]] = {
    "likelihood": likelihood,
    "notes": notes,
    "register": register,
    "chords": chords,
    "motif": motif,
    "tension": tension,
    "interlock": interlock,
    "critic": critic,
}
