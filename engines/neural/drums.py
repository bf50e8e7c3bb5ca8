"""The learned drums: a GRU writes hits, dynamics and timing step by step inside the genre's frame."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import drums as codec
from engines.codec.drums import Conditions, Hits
from engines.expert import ExpertError, Heard, Request, check_bars
from engines.genre import Genre, load_genres
from engines.neural.drumframe import frame_of
from engines.neural.drumstep import Sound, StepPlayer
from engines.neural.memory import Memory, State, anchored
from engines.neural.probe import probe_request
from engines.neural.session import StepSession
from engines.note import EMPTY_BAR, Bar, Note
from engines.plan import Plan
from engines.understudy.stage import Stage, genre_of, rest, weave
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

Floats = NDArray[np.float32]

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = StepSession


class NeuralDrums:
    """Expert for the drums; stateless but for a memory of pasts already read, which changes no note."""

    def __init__(self, card: Card, session: StepSession, genres: Mapping[str, Genre]) -> None:
        """Take a verified card, its graph, and the genres (at least one)."""
        self.name, self.version, self.voices = card.name, card.version, card.voices
        self._numbers, self._session, self._genres = card.decoding, session, dict(genres)
        self._memory = Memory()

    def write(self, request: Request) -> dict[str, Bar]:
        """Write the drums of a bar; raises ExpertError."""
        if request.voices != ("drums",):
            raise ExpertError(f"{self.name} writes drums, not {', '.join(request.voices)}")
        try:
            stage = Stage.of(request, "drums", genre_of(self._genres, request.plan.genre))
            bar = weave(request, "drums", rest(stage, self._notes(stage)))
        except (ValueError, KeyError, IndexError, FloatingPointError) as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error
        return check_bars(request, {"drums": bar})

    def _notes(self, stage: Stage) -> list[Note]:
        """Return what is new in the bar: the hits that have not sounded."""
        start = stage.request.start
        known = codec.encode(stage.request.committed.get("drums", EMPTY_BAR).before(start))
        grid = self._play(stage, known)
        sound = Sound.of(stage, grid, self._numbers)
        steps = np.arange(STEPS_PER_BAR)[:, None] * TICKS_PER_STEP >= start
        return [
            sound.note(step, number, start) for step, number in np.argwhere(grid.hits & ~known.hits & steps).tolist()
        ]

    def _play(self, stage: Stage, known: Hits) -> Hits:
        """Return the bar that the network plays inside the genre's frame; what has sounded stays as it was."""
        frame = frame_of(stage, self._numbers)
        grids, state = self._read(anchored(stage.request.history, stage.request.plan))
        tokens, features = codec.tokens_of(frame.told), codec.static_features(frame.told, grids)
        if frame.fill < STEPS_PER_BAR:
            tokens[frame.fill :] = codec.tokens_of(frame.told_in_fill)[frame.fill :]
            features[frame.fill :] = codec.static_features(frame.told_in_fill, grids)[frame.fill :]
        grid = Hits(known.hits.copy(), known.velocities.copy(), known.offsets.copy())
        player = StepPlayer(frame, stage, grids[-1] if grids else None, known, self._numbers)
        previous, at = player.before, STEPS_PER_BAR - 1
        for step in range(STEPS_PER_BAR):
            codec.put_previous(features[step], previous, at)
            logits, state = self._session.step(tokens[step : step + 1], features[step : step + 1], state)
            if step * TICKS_PER_STEP >= stage.request.start:
                player.play(grid, step, logits[0])
            previous, at = grid, step
        return grid

    def _read(self, heard: tuple[Heard, ...]) -> tuple[list[Hits], Floats]:
        """Return the grids of the past, oldest first, and the state after them."""
        bars = [(past.bars.get("drums", EMPTY_BAR).notes, _told(past.plan)) for past in heard]
        grids = [codec.encode(Bar(notes)) for notes, _ in bars]

        def advance(state: State, number: int) -> State:
            told = codec.realised(grids[number], bars[number][1])
            tokens = codec.tokens_of(told)
            features = codec.heard_features(told, grids[number], grids[:number])
            hidden = state.hidden
            for step in range(STEPS_PER_BAR):
                _, hidden = self._session.step(tokens[step : step + 1], features[step : step + 1], hidden)
            return State(hidden, tokens[-1])

        start = State(self._session.zero(), np.zeros(len(codec.VOCABULARIES), np.int64))
        return grids, self._memory.read(bars, start, advance).hidden


def _told(plan: Plan) -> Conditions:
    """Return what is told about a past bar besides what it realised."""
    return Conditions("four", "free", "yes" if plan.last_of_phrase else "no", plan.phrase_bar)


def build(card: Card, session: StepSession) -> NeuralDrums:
    """Return the expert of a verified card with the shipped genres."""
    return NeuralDrums(card, session, load_genres(Path(str(resources.files("configs") / "genres"))))


def self_test(expert: NeuralDrums) -> None:
    """Let the expert write a plain bar; raises ExpertError where it cannot."""
    request = probe_request(("drums",))
    if expert.write(request) != expert.write(request):
        raise ExpertError("the same request gave two different bars")
