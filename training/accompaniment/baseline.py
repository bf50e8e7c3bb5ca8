"""What the network must beat: histograms of a cell by ever more of what is known, interpolated (Witten & Bell 1991)."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator

import numpy as np

from engines.codec.accompaniment import LAGS, MASK, NOW, PAST, VOICES
from engines.codec.lead import TOKENS
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT
from training.accompaniment.windows import Bars, Ints

LAG_FIELDS = [PAST.start + len(VOICES) * place for place in range(len(LAGS))]


class Histogram:
    """P(token of a cell | voice, step, chord, the same cell a bar ago, the cell before), nested in this order."""

    def __init__(self) -> None:
        """Make an empty table."""
        self.counts: dict[Hashable, dict[int, int]] = defaultdict(dict)

    def learn(self, bars: Bars) -> "Histogram":
        """Count every cell of every bar, everything known."""
        for n, song in enumerate(bars.songs):
            for bar in range(len(song.tokens)):
                before = song.tokens[bar - LAGS[0]] if bar >= LAGS[0] else np.full_like(song.tokens[bar], MASK)
                for voice in range(len(VOICES)):
                    for step in range(STEPS_PER_BAR):
                        token = int(song.tokens[bar, voice, step])
                        left = int(song.tokens[bar, voice, step - 1]) if step else MASK
                        known = (_chord(bars, (n, bar), step), int(before[voice, step]), left)
                        for place in _contexts(voice, step, known):
                            seen = self.counts[place]
                            seen[token] = seen.get(token, 0) + 1
        return self

    def nats(self, bars: Bars, chosen: Ints) -> dict[str, float]:
        """Return nats per masked cell, each bar counting the same; keys as the loss names them."""
        batch = bars.batch(chosen, None)
        tokens, targets, weight = (part.numpy() for part in (batch.tokens, batch.targets, batch.weight))
        sums, weights = np.zeros(len(VOICES)), np.zeros(len(VOICES))
        for row, number in enumerate(chosen):
            for step, voice in np.argwhere(weight[row, :, : len(VOICES)] > 0).tolist():
                left = int(tokens[row, step - 1, NOW][voice]) if step else MASK
                before = int(tokens[row, step, LAG_FIELDS[0] + voice])
                chord = _chord(bars, bars.places[int(number)], step)
                known = (chord, before, left) if left != MASK or not step else (chord, before)
                chance = self._chance(_contexts(voice, step, known), int(targets[row, step, voice]))
                sums[voice] -= float(weight[row, step, voice]) * math.log(chance)
                weights[voice] += float(weight[row, step, voice])
        each = {f"nll_{voice}": float(sums[n] / weights[n]) for n, voice in enumerate(VOICES)}
        return {"nll": float(sums.sum() / weights.sum()), **each}

    def _chance(self, places: Iterator[Hashable], token: int) -> float:
        chance = 1 / TOKENS
        for place in places:
            seen = self.counts.get(place)
            if seen:
                total = sum(seen.values())
                chance = (seen.get(token, 0) + len(seen) * chance) / (total + len(seen))
        return chance


def _contexts(voice: int, step: int, known: tuple[Hashable, ...]) -> Iterator[Hashable]:
    """Yield contexts from the plainest to the fullest."""
    yield voice
    for count in range(len(known) + 1):
        yield (voice, step, *known[:count])


def _chord(bars: Bars, place: tuple[int, int], step: int) -> Hashable:
    chord = bars.songs[place[0]].chords[place[1]][step // STEPS_PER_BEAT]
    return None if chord is None else (chord.root, chord.triad)
