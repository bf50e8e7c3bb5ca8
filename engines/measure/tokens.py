"""From the lead codec's tokens to a line: pitches relative to the relative-major tonic, laid around middle C."""

from collections.abc import Sequence

import numpy as np

from engines.codec.grid import Harmony
from engines.codec.lead import CENTRE, HOLD, PITCHES
from engines.measure.line import SILENT, Flags, Ints, Line
from engines.units import STEPS_PER_BEAT

_MIDDLE_C = 60


def line_of_tokens(tokens: Ints) -> Line:
    """Return the melody of token rows [N, 16]; a hold with nothing before it is silence."""
    flat = np.asarray(tokens, np.int64).ravel()
    pitch, sounding = np.empty(len(flat), np.int64), SILENT
    for step, token in enumerate(flat.tolist()):
        sounding = token - CENTRE + _MIDDLE_C if token < PITCHES else sounding if token == HOLD else SILENT
        pitch[step] = sounding
    return Line(pitch, flat < PITCHES)


def harmony_rows(chords: Sequence[tuple[Harmony | None, ...]], bars: int) -> Flags:
    """Return pitch classes by step, bool [16 x bars, 12], of four chords a bar (what follows in a row is left out)."""
    beats = [chord for bar in chords[:bars] for chord in bar[:4]]
    rows = np.array([[chord is not None and chord.has(n) for n in range(12)] for chord in beats], np.bool_)
    return np.repeat(rows.reshape(-1, 12), STEPS_PER_BEAT, axis=0)
