"""What runs a graph: one onnxruntime session, tokens and features in, logits out."""

from typing import Any, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

INPUTS = ("tokens", "features", "state")
OUTPUTS = ("logits", "state_out")


class Session(Protocol):
    """What the library asks of whatever runs a graph."""

    runner: ort.InferenceSession
    classes: int

    def replay(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [T, C] of T steps (or cells) from nothing heard: tokens [T, K], features [T, F]."""


class Sampler(Session, Protocol):
    """What the lead asks of whatever runs its graph; states are values of the session's own kind.

    fields, features: numbers of inputs K and conditions F of a step. A batch is rows of conditions times
    candidates, row after row; rows of the batch are independent.
    """

    fields: int
    features: int

    def zero(self, batch: int = 1) -> Any:
        """Return the state before anything was heard, for so many rows of conditions."""

    def step(self, tokens: Ints, features: Floats, state: Any) -> tuple[Floats, Any]:
        """Advance by one step: tokens [B, K], features [B, F] -> logits [B, C], state."""

    def hear(self, tokens: Ints, features: Floats, state: Any) -> Any:
        """Return the state after T settled steps: tokens [R, T, K], features [R, T, F]."""

    def spread(self, state: Any, count: int) -> Any:
        """Return the state of `count` candidates per row that all have heard this."""

    def pick(self, state: Any, number: int) -> Any:
        """Return the state of one candidate of the first row, alone."""


class StepSession:
    """A step graph ready to run: one thread, no spinning, CPU, warm.

    tokens int64 [B, K], features float32 [B, F], state float32 [B, L*H] -> logits float32 [B, C], state.
    """

    def __init__(self, model: bytes | ort.InferenceSession) -> None:
        """Load a graph from its bytes, or take a loaded one, and warm it up; raises onnxruntime's errors."""
        self.runner = loaded(model)
        shapes = {port.name: port.shape for port in (*self.runner.get_inputs(), *self.runner.get_outputs())}
        self.fields = int(shapes["tokens"][1])
        self.features = int(shapes["features"][1])
        self.width = int(shapes["state"][1])
        self.classes = int(shapes["logits"][1])
        for batch in (1, 2):  # the first runs allocate: do that here, not at a bar line
            self.step(
                np.zeros((batch, self.fields), np.int64),
                np.zeros((batch, self.features), np.float32),
                self.zero(batch),
            )

    def zero(self, batch: int = 1) -> Floats:
        """Return the state before anything was heard."""
        return np.zeros((batch, self.width), np.float32)

    def step(self, tokens: Ints, features: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Advance by one grid step; rows of the batch are independent."""
        logits, after = self.runner.run(OUTPUTS, {"tokens": tokens, "features": features, "state": state})
        return logits, after

    def hear(self, tokens: Ints, features: Floats, state: Floats) -> Floats:
        """Return the state after T settled steps: tokens [R, T, K], features [R, T, F]."""
        for step in range(tokens.shape[1]):
            _, state = self.step(tokens[:, step], features[:, step], state)
        return state

    def spread(self, state: Floats, count: int) -> Floats:
        """Return the state of `count` candidates per row that all have heard this."""
        return np.repeat(state, count, axis=0)

    def pick(self, state: Floats, number: int) -> Floats:
        """Return the state of one candidate of the first row, alone."""
        return state[number : number + 1]

    def replay(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [T, C] of T steps from a zero state: tokens [T, K], features [T, F]."""
        state, found = self.zero(), []
        for row, told in zip(tokens, features, strict=True):
            logits, state = self.step(row[None], told[None], state)
            found.append(logits[0])
        return np.stack(found)


def loaded(model: bytes | ort.InferenceSession) -> ort.InferenceSession:
    """Return a runner of a graph: one thread, no spinning, CPU."""
    if isinstance(model, ort.InferenceSession):
        return model
    return ort.InferenceSession(model, plain_options(), providers=["CPUExecutionProvider"])


def plain_options() -> ort.SessionOptions:
    """Return the options of every session: one thread, no spinning, silent."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # two threads were twice as slow at these sizes, and steal the player's core
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return options


def widen(features: Floats, width: int) -> Floats:
    """Return conditions as a graph of this width wants them: [.., T, F] of whole bars -> [.., T, width].

    A graph with a condition encoder is told at every step what the bar's beats are told as well; conditions of the
    right width already pass as they are.
    """
    if features.shape[-1] == width:
        return features
    bars = features.reshape(*features.shape[:-2], -1, STEPS_PER_BAR, features.shape[-1])
    beats = bars[..., ::STEPS_PER_BEAT, :].reshape(*bars.shape[:-2], 1, -1)
    whole = np.concatenate([bars, np.repeat(beats, STEPS_PER_BAR, axis=-2)], axis=-1)
    return whole.reshape(*features.shape[:-1], width)
