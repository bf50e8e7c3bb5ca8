"""Harmonic tension on Chew's spiral array: how far notes lie from each other, from before and from the key.

Measures of Herremans & Chew 2016 ("Tension ribbons"), model of Chew 2000: pitches wind up the line of
fifths a quarter turn each; chords and keys are weighted centres of their tones. Distances are in units of
the spiral's radius.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.theory.key import Key

Point = NDArray[np.float64]

_HEIGHT: Final = 0.4  # rise per fifth; Chew: between sqrt(2/15) and sqrt(0.2)
_WEIGHTS: Final = (0.536, 0.274, 0.19)  # of root, fifth, third; and of tonic, dominant, subdominant
_BLEND: Final = 0.75  # major part of a minor key's dominant, minor part of its subdominant


class Strain(msgspec.Struct, frozen=True):
    """Tension of one group of notes: diameter, momentum and strain, each 0 or more, radius = 1."""

    diameter: float
    momentum: float
    strain: float


def measure(pitches: Sequence[int], before: Sequence[int], key: Key) -> Strain:
    """Measure MIDI pitches against those before them and against the key; silence has no tension."""
    return Strain(cloud_diameter(pitches, key), cloud_momentum(before, pitches, key), tensile_strain(pitches, key))


def cloud_diameter(pitches: Sequence[int], key: Key) -> float:
    """Return the largest distance between any two of the notes: dissonance among themselves."""
    if not pitches:
        return 0.0
    points = _points(key)[[pitch % 12 for pitch in set(pitches)]]
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def cloud_momentum(before: Sequence[int], pitches: Sequence[int], key: Key) -> float:
    """Return the distance between the centres of two successive groups: harmonic movement."""
    if not before or not pitches:
        return 0.0
    return float(np.linalg.norm(centre(pitches, key) - centre(before, key)))


def tensile_strain(pitches: Sequence[int], key: Key) -> float:
    """Return the distance of the notes' centre from the key: how far from home."""
    return float(np.linalg.norm(centre(pitches, key) - _home(key))) if pitches else 0.0


def centre(pitches: Sequence[int], key: Key) -> Point:
    """Return the centre of effect (3,) of at least one MIDI pitch, each weighing the same."""
    mean: Point = _points(key)[[pitch % 12 for pitch in pitches]].mean(axis=0)
    return mean


@lru_cache(maxsize=256)
def _points(key: Key) -> Point:
    """Return the places (12, 3) of the pitch classes, the tonic at fifth 0.

    Spelled -5..+6 fifths around a major tonic (Db to F# in C), -6..+5 around a minor one (Eb to G# in Am).
    """
    lowest = -6 if key.is_minor else -5
    return np.array([_spiral(((pc - key.tonic) * 7 - lowest) % 12 + lowest) for pc in range(12)])


def _spiral(fifth: int) -> Point:
    """Return the place (3,) of a pitch on the line of fifths."""
    return np.array([(0.0, 1.0, 0.0, -1.0)[fifth % 4], (1.0, 0.0, -1.0, 0.0)[fifth % 4], fifth * _HEIGHT])


def _major(fifth: int) -> Point:
    return _mix(_spiral(fifth), _spiral(fifth + 1), _spiral(fifth + 4))


def _minor(fifth: int) -> Point:
    return _mix(_spiral(fifth), _spiral(fifth + 1), _spiral(fifth - 3))


def _mix(first: Point, second: Point, third: Point) -> Point:
    return _WEIGHTS[0] * first + _WEIGHTS[1] * second + _WEIGHTS[2] * third


@lru_cache(maxsize=256)
def _home(key: Key) -> Point:
    """Return the place (3,) of the key: of its tonic, dominant and subdominant chords."""
    if not key.is_minor:
        return _mix(_major(0), _major(1), _major(-1))
    dominant = _BLEND * _major(1) + (1 - _BLEND) * _minor(1)
    subdominant = _BLEND * _minor(-1) + (1 - _BLEND) * _major(-1)
    return _mix(_minor(0), dominant, subdominant)
