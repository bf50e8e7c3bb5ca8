"""The learned accompaniment: bass, arp and pad around a lead, any of them given the others, by masked decoding."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import accompaniment as codec
from engines.codec import lead
from engines.codec.accompaniment import LAGS, MASK, SILENT, VOICES, Cells
from engines.codec.grid import Context, context_of
from engines.expert import ExpertError, Request, check_bars
from engines.genre import Genre, load_genres
from engines.neural.accompanimentfill import Filling, Marks, Scene
from engines.neural.accompanimentframe import AccompanimentDecoding, frame_of
from engines.neural.accompanimentsound import notes_of
from engines.neural.gridsession import GridSession
from engines.neural.probe import probe_request
from engines.note import EMPTY_BAR, Bar
from engines.plan import Plan
from engines.understudy.stage import Stage, genre_of, rest, weave
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_BEAT

Ints = NDArray[np.int64]

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = GridSession
FREE: Final = ("chords",)  # guidance sharpens what the chords say: the second row does not hear them
MOTIF_BARS: Final = 4  # the dice of a phrase come back after so many bars, as in the lead


class NeuralAccompaniment:
    """Writes any of bass, arp and pad; stateless."""

    def __init__(self, card: Card, session: GridSession, genres: Mapping[str, Genre]) -> None:
        """Take a verified card, its graph, and the genres (at least one)."""
        self.name, self.version, self.voices = card.name, card.version, card.voices
        self.numbers = msgspec.convert(card.decoding, AccompanimentDecoding)
        self._session, self._genres = session, dict(genres)

    def write(self, request: Request) -> dict[str, Bar]:
        """Write the asked voices of a bar; the same request gives the same bars; raises ExpertError."""
        if not request.voices or set(request.voices) - set(VOICES):
            raise ExpertError(f"{self.name} writes {', '.join(VOICES)}, not {', '.join(request.voices) or 'nothing'}")
        try:
            return check_bars(request, self._write(request))
        except ExpertError:
            raise
        except Exception as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _write(self, request: Request) -> dict[str, Bar]:
        genre = genre_of(self._genres, request.plan.genre)
        stages = {voice: Stage.of(request, voice, genre) for voice in VOICES}
        cells = self._decide(request, stages)
        found = {}
        for voice in request.voices:
            row, stage = VOICES.index(voice), stages[voice]
            notes = notes_of(stage, cells.tokens[row], cells.bins[row], self.numbers)
            found[voice] = weave(request, voice, rest(stage, notes))
        return found

    def _decide(self, request: Request, stages: Mapping[str, Stage]) -> Cells:
        """Return the cells of the bar, all passes done."""
        melody = _melody(request)
        line = np.where(melody[1] < SILENT, melody[1] + lead.token_pitch(0, request.plan.key.relative_major), -1)
        wanted: list[str] = [voice for voice in VOICES if voice in request.voices]
        frames = {voice: frame_of(stages[voice], line, self.numbers) for voice in wanted}
        told = codec.features(_context(request.plan, stages), [_activity(stages[voice]) for voice in VOICES])
        rows = np.stack([told, codec.drop(told, FREE)][: 1 if self.numbers.guidance == 1 else 2])
        scene = Scene(_now(request), melody, _past(request), rows)
        *_, last = Filling(self._session, scene, frames, self._marks(request), self.numbers).passes()
        return last

    def _marks(self, request: Request) -> Marks:
        """Return all chance of a bar: more of it comes back in every phrase, the less variation is wished."""
        plan, passes = request.plan, int(self.numbers.passes)
        fresh = np.random.default_rng((request.seed, 1))
        phrase = np.random.default_rng((request.phrase_seed, plan.phrase_bar % MOTIF_BARS))
        returns = fresh.random() >= plan.variation
        return Marks.of(phrase if returns else fresh, passes)


def _activity(stage: Stage) -> float:
    """Return how busily a voice shall play, 0..1, the mean of the bar."""
    return sum(stage.activity(beat * TICKS_PER_BEAT) for beat in range(STEPS_PER_BEAT)) / STEPS_PER_BEAT


def _context(plan: Plan, stages: Mapping[str, Stage]) -> Context:
    mean = sum(_activity(stages[voice]) for voice in VOICES) / len(VOICES)
    return msgspec.structs.replace(context_of(plan, VOICES[0]), density=mean)


def _melody(request: Request) -> Ints:
    """Return token and sounding pitch of the lead, int64 [2, 16]; MASK where it is not written."""
    bar = request.written.get("lead")
    if bar is None:
        return np.full((2, STEPS_PER_BAR), MASK, np.int64)
    tokens = np.array(lead.encode(bar, request.plan.key.relative_major).tokens, np.int64)
    return np.stack([tokens, codec.sounding(tokens)])


def _now(request: Request) -> Ints:
    """Return what is known of the voices not asked for, int64 [3, 16]: as written; silent where they do not play."""
    found = codec.untold()
    for row, voice in enumerate(VOICES):
        bar = request.written.get(voice, None if voice in request.plan.active else EMPTY_BAR)
        if bar is not None and voice not in request.voices:
            found[row] = codec.encode(bar, voice, request.plan.key.relative_major).tokens
    return found


def _past(request: Request) -> Ints:
    """Return the same voices some bars ago, int64 [LAGS, 3, 16]; MASK where nothing was heard."""
    heard = {past.plan.index: past for past in request.history}
    found = np.stack([codec.untold() for _ in LAGS])
    for place, lag in enumerate(LAGS):
        past = heard.get(request.plan.index - lag)
        if past is not None:
            tonic = past.plan.key.relative_major
            found[place] = [codec.encode(past.bars.get(voice, EMPTY_BAR), voice, tonic).tokens for voice in VOICES]
    return found


def build(card: Card, session: GridSession) -> NeuralAccompaniment:
    """Return the expert of a verified card with the shipped genres."""
    if card.heads != codec.HEADS or session.fields != len(codec.FIELDS) or session.features != codec.FEATURES:
        raise ExpertError("the card is not of an accompaniment that this engine plays")
    return NeuralAccompaniment(card, session, load_genres(Path(str(resources.files("configs") / "genres"))))


def self_test(expert: NeuralAccompaniment) -> None:
    """Let the expert write a plain bar of every voice; raises ExpertError where it cannot."""
    request = probe_request(VOICES)
    if expert.write(request) != expert.write(request):
        raise ExpertError("the same request gave two different bars")
