"""The learned form: a GRU over sections advises, the genre's grammar decides what is possible."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import form as codec
from engines.codec.form import LENGTHS, Block, phrases_of
from engines.codec.grid import FUNCTIONS, section_function
from engines.expert import ExpertError
from engines.form import CLOSING, FormRequest, Shape, Visit
from engines.neural.pointer import softmax
from engines.neural.sampling import pick
from engines.neural.session import StepSession

Floats = NDArray[np.float64]

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = StepSession
MAX_VISITS: Final = 64  # of the past that are read: more than an hour of music
LITTLE: Final = 1e-6


class NeuralForm:
    """Chooses the next visit; stateless."""

    def __init__(self, card: Card, session: StepSession) -> None:
        """Take a verified card and its graph."""
        self.name, self.version = card.name, card.version
        self._numbers, self._session = card.decoding, session

    def choose(self, request: FormRequest) -> Visit:
        """Return one of the open sections, whole phrases long; raises ExpertError."""
        try:
            return self._choose(request)
        except (ValueError, KeyError, IndexError, ArithmeticError) as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _choose(self, request: FormRequest) -> Visit:
        dice = np.random.default_rng(request.seed)
        functions, lengths = self._read(request)
        names = list(request.open)
        section = names[_draw(self._sections(request, names, functions), dice)]
        shape = request.shapes[section]
        nominal = phrases_of(shape.bars, request.phrase_bars)
        phrases = LENGTHS[_draw(self._lengths(lengths[section_function(section)], min(nominal, LENGTHS[-1])), dice)]
        return self._visit(request, section, shape, phrases * request.phrase_bars)

    def _read(self, request: FormRequest) -> tuple[Floats, list[Floats]]:
        """Return P(function or end) and per function P(length) after the past."""
        past = [
            Block(section_function(visit.section), phrases_of(visit.bars, request.phrase_bars))
            for visit in request.past[-MAX_VISITS:]
        ]
        total = None if request.total is None else phrases_of(request.total, request.phrase_bars)
        state = self._session.zero()
        for place in range(len(past) + 1):
            tokens, features = codec.seen(past[:place], total)
            logits, state = self._session.step(np.array([tokens], np.int64), np.array([features], np.float32), state)
        heads = np.split(logits[0].astype(np.float64), np.cumsum(codec.HEADS)[:-1])
        return softmax(heads[0]), [softmax(head) for head in heads[1:]]

    def _sections(self, request: FormRequest, names: list[str], functions: Floats) -> Floats:
        """Return logits [names]: the genre's weights and, with less say, the network's chances."""
        chances = functions[: len(FUNCTIONS)].copy()
        chances[CLOSING] += functions[codec.END]  # many songs end without an outro
        advice = np.log(chances[[section_function(name) for name in names]] + LITTLE)
        weights = np.log(np.array([request.open[name] for name in names]))
        over = max(0.0, sum(visit.bars for visit in request.past) / self._whole(request) - 1)
        closing = np.array([section_function(name) == CLOSING for name in names])
        return np.asarray(weights + self._numbers["function"] * advice + self._numbers["close"] * over * closing)

    def _lengths(self, chances: Floats, nominal: int) -> Floats:
        """Return logits [LENGTHS] around the genre's own length and its doubles and halves."""
        octaves = np.log2(np.array(LENGTHS) / nominal)
        far = np.where(np.abs(octaves) > self._numbers["reach"], np.inf, 0)
        home = far + self._numbers["nominal"] * np.abs(octaves) + self._numbers["uneven"] * (octaves % 1 > 0)
        return np.asarray(self._numbers["length"] * np.log(chances + LITTLE) - home)

    def _visit(self, request: FormRequest, section: str, shape: Shape, bars: int) -> Visit:
        """Return the visit with energy and tension that climb through the piece."""
        done = sum(visit.bars for visit in request.past)
        scale = 1 - self._numbers["climb"] * (1 - min(1.0, done / self._whole(request)))
        start, end = (round(scale * tension, 3) for tension in shape.tension)
        return Visit(section, bars, round(scale * shape.energy, 3), (start, end))

    def _whole(self, request: FormRequest) -> float:
        """Return the bars of the whole piece, as wished or as is usual."""
        return max(1.0, request.total or self._numbers["typical_bars"])


def _draw(logits: Floats, dice: np.random.Generator) -> int:
    return int(pick(softmax(logits)[None].astype(np.float32), dice.random(1))[0])


def build(card: Card, session: StepSession) -> NeuralForm:
    """Return the expert of a verified card."""
    return NeuralForm(card, session)


def self_test(expert: NeuralForm) -> None:
    """Choose twice what follows a drop; raises ExpertError where the expert cannot, or changes its mind."""
    shapes = {
        "breakdown": Shape(16, 0.2, (0.1, 0.4), {"drop": 1.0}),
        "drop": Shape(32, 1.0, (0.7, 0.9), {"breakdown": 1.0, "outro": 1.0}),
        "outro": Shape(16, 0.3, (0.4, 0.1), {"outro": 1.0}),
    }
    past = (Visit("breakdown", 16, 0.2, (0.1, 0.4)), Visit("drop", 32, 1.0, (0.7, 0.9)))
    request = FormRequest("probe", 8, shapes, shapes["drop"].follows, past, seed=1)
    visit = expert.choose(request)
    if visit.section not in request.open or visit.bars % request.phrase_bars or expert.choose(request) != visit:
        raise ExpertError("what follows a drop was not open to it, or not the same twice")
    if not math.isfinite(visit.energy):
        raise ExpertError("the energy of a visit is no number")
