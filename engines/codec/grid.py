"""What every codec shares: the fixed grid of 16 steps, velocity bins, and conditions as features.

Everything is relative to the relative-major tonic of the key (A minor counts as C), so a transposed song
is the same song. Training builds a Context from data, the runtime from a Plan; both call `features`.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.plan import Plan
from engines.theory.chord import Chord
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_STEP

Floats = NDArray[np.float32]

VELOCITY_BINS: Final = 8
PHRASE_BARS: Final = 8
FUNCTIONS: Final = ("intro", "build", "breakdown", "drop", "outro", "other")
GROUPS: Final = ("chords", "section", "tension", "density")

# one row of features: chord root, tones, bass, tones of the next chord, step in bar, bar in phrase, function,
# tension, density, minor, and a flag per group that is not given (condition drop-out)
WIDTHS: Final = (12, 12, 12, 12, STEPS_PER_BAR, PHRASE_BARS, len(FUNCTIONS), 1, 1, 1, len(GROUPS))
FEATURES: Final = sum(WIDTHS)
_AT: Final = tuple(int(x) for x in np.cumsum((0, *WIDTHS)))

# A genre may name its sections freely: a function is the first whose word is part of the name.
_WORDS: Final = (
    ("intro", ("intro", "start")),
    ("breakdown", ("break", "bridge", "calm")),
    ("build", ("build", "rise", "riser", "lift", "prechorus")),
    ("drop", ("drop", "main", "chorus", "peak", "climax")),
    ("outro", ("outro", "end", "coda")),
)


class Harmony(msgspec.Struct, frozen=True):
    """A chord for codecs: root and bass as pitch classes, tones as a set of pitch classes (bit n = class n)."""

    root: int
    tones: int
    bass: int

    @classmethod
    def of(cls, root: int, classes: Iterable[int], bass: int, tonic: int) -> "Harmony":
        """Build a chord relative to `tonic` (pitch class of the relative major)."""
        tones = sum(1 << ((c - tonic) % 12) for c in set(classes))
        return cls((root - tonic) % 12, tones, (bass - tonic) % 12)

    def has(self, pitch_class: int) -> bool:
        """Whether a pitch class relative to the tonic is a tone of the chord."""
        return bool(self.tones >> (pitch_class % 12) & 1)


class Context(msgspec.Struct, frozen=True):
    """The conditions of one bar, relative to the relative-major tonic.

    chords: one per beat and the first of the next bar; None = unknown. phrase_bar: bars since the phrase
    began (taken modulo 8). function: index into FUNCTIONS. tension: per beat 0..1; density 0..1.
    dropped: names of GROUPS that are not told to the expert.
    """

    chords: tuple[Harmony | None, ...]
    minor: bool
    phrase_bar: int
    function: int
    tension: tuple[float, float, float, float]
    density: float
    dropped: frozenset[str] = frozenset()


def harmony_of(chord: Chord, tonic: int) -> Harmony:
    """Return a chord relative to a relative-major tonic."""
    return Harmony.of(chord.root, chord.pitch_classes, chord.bass, tonic)


def context_of(plan: Plan, voice: str) -> Context:
    """Return the conditions under which `voice` writes the bar of a plan."""
    tonic = plan.key.relative_major
    return Context(
        chords=tuple(harmony_of(chord, tonic) for chord in (*plan.chords, plan.next_chord)),
        minor=plan.key.is_minor,
        phrase_bar=plan.phrase_bar,
        function=section_function(plan.section),
        tension=plan.tension,
        density=plan.density.get(voice, 0.5),
    )


def section_function(name: str) -> int:
    """Return the index into FUNCTIONS of a section's name."""
    lowered = name.lower()
    for function, words in _WORDS:
        if any(word in lowered for word in words):
            return FUNCTIONS.index(function)
    return FUNCTIONS.index("other")


def velocity_bin(velocity: int) -> int:
    """Return the bin 0..7 of a velocity 1..127."""
    return min(VELOCITY_BINS - 1, velocity * VELOCITY_BINS // 128)


def bin_velocity(number: int) -> int:
    """Return the velocity in the middle of a bin."""
    return number * (128 // VELOCITY_BINS) + 64 // VELOCITY_BINS


def nearest_step(tick: int) -> int:
    """Return the step 0..15 nearest to a tick of the bar; the last half step stays in the bar."""
    return min(STEPS_PER_BAR - 1, (tick + TICKS_PER_STEP // 2) // TICKS_PER_STEP)


def features(context: Context) -> Floats:
    """Return the conditions of a bar as float32 [16, FEATURES]."""
    found = np.zeros((STEPS_PER_BAR, FEATURES), np.float32)
    steps = np.arange(STEPS_PER_BAR)
    found[steps, _AT[4] + steps] = 1
    found[:, _AT[5] + context.phrase_bar % PHRASE_BARS] = 1
    found[:, _AT[9]] = context.minor
    if "chords" not in context.dropped:
        for beat in range(BEATS_PER_BAR):
            _put_chords(found[beat * STEPS_PER_BEAT : (beat + 1) * STEPS_PER_BEAT], context.chords[beat : beat + 2])
    if "section" not in context.dropped:
        found[:, _AT[6] + context.function] = 1
    if "tension" not in context.dropped:
        found[:, _AT[7]] = np.repeat(context.tension, STEPS_PER_BEAT)
    if "density" not in context.dropped:
        found[:, _AT[8]] = context.density
    found[:, _AT[10] :] = [group in context.dropped for group in GROUPS]
    return found


def _put_chords(rows: Floats, chords: tuple[Harmony | None, ...]) -> None:
    now, then = chords[0], chords[1] if len(chords) > 1 else None
    if now is not None:
        rows[:, _AT[0] + now.root] = 1
        rows[:, _AT[1] : _AT[2]] = [now.tones >> n & 1 for n in range(12)]
        rows[:, _AT[2] + now.bass] = 1
    if then is not None:
        rows[:, _AT[3] : _AT[4]] = [then.tones >> n & 1 for n in range(12)]


def drop_groups(found: Floats, dropped: Iterable[str]) -> Floats:
    """Return features [.., FEATURES] with groups untold, as if their Context had dropped them."""
    after = found.copy()
    columns = {"chords": slice(_AT[0], _AT[4]), "section": slice(_AT[6], _AT[7])}
    columns |= {"tension": slice(_AT[7], _AT[8]), "density": slice(_AT[8], _AT[9])}
    for group in dropped:
        after[..., columns[group]] = 0
        after[..., _AT[10] + GROUPS.index(group)] = 1
    return after


def fingerprint(*parts: object) -> str:
    """Return a short hash of a vocabulary: a card with another one is refused."""
    return hashlib.sha256(repr((STEPS_PER_BAR, VELOCITY_BINS, WIDTHS, FUNCTIONS, *parts)).encode()).hexdigest()[:16]
