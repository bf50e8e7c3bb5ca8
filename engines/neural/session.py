"""What runs a graph: one onnxruntime session, tokens and features in, logits out."""

from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

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


class StepSession:
    """A step graph ready to run: one thread, no spinning, CPU, warm.

    tokens int64 [B, K], features float32 [B, F], state float32 [B, L*H] -> logits float32 [B, C], state.
    """

    def __init__(self, model: bytes) -> None:
        """Load a graph from its bytes and warm it up; raises onnxruntime's errors on nonsense."""
        self.runner = ort.InferenceSession(model, plain_options(), providers=["CPUExecutionProvider"])
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

    def replay(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [T, C] of T steps from a zero state: tokens [T, K], features [T, F]."""
        state, found = self.zero(), []
        for row, told in zip(tokens, features, strict=True):
            logits, state = self.step(row[None], told[None], state)
            found.append(logits[0])
        return np.stack(found)


def plain_options() -> ort.SessionOptions:
    """Return the options of every session: one thread, no spinning, silent."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # two threads were twice as slow at these sizes, and steal the player's core
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return options
