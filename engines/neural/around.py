"""What stands around a bar of the lead that is being written: what the choice among candidates looks at."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import GROUPS, context_of, drop_groups, features
from engines.codec.lead import encode
from engines.expert import Heard, Request
from engines.note import EMPTY_BAR
from engines.plan import Plan
from engines.units import STEPS_PER_BAR

VOICE = "lead"
WISHES = tuple(group for group in GROUPS if group != "chords")


class Around:
    """A bar's request and the bars heard; everything is worked out when a term asks for it, and never twice."""

    def __init__(self, request: Request, heard: Sequence[Heard]) -> None:
        """Take the request and the bars of its history that count."""
        self.plan, self.written, self._heard = request.plan, request.written, heard

    @cached_property
    def before(self) -> tuple[int, ...]:
        """MIDI pitches of the last bar heard and its chords' tones; () where nothing was heard."""
        if not self._heard:
            return ()
        last = self._heard[-1]
        return (*(note.pitch for note in last.bars.get(VOICE, EMPTY_BAR).notes), *chord_pitches(last.plan))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Tokens of the bars heard, [T, 16]."""
        found, ringing, index = [], 0, None
        for past in self._heard:
            ringing = ringing if index == past.plan.index - 1 else 0
            grid = encode(past.bars.get(VOICE, EMPTY_BAR), past.plan.key.relative_major, ringing)
            found.append(grid.tokens)
            ringing, index = grid.tail, past.plan.index
        return np.array(found, np.int64).reshape(-1, STEPS_PER_BAR)

    @cached_property
    def grid(self) -> NDArray[np.float32]:
        """What is told of the bars heard and of this one but for wishes, [T + 1, 16, F]."""
        plans = (*(past.plan for past in self._heard), self.plan)
        return drop_groups(np.stack([features(context_of(plan, VOICE)) for plan in plans]), WISHES)


def chord_pitches(plan: Plan) -> list[int]:
    """Return one pitch a tone of each chord of the bar."""
    return [tone for chord in dict.fromkeys(plan.chords) for tone in sorted(chord.pitch_classes)]
