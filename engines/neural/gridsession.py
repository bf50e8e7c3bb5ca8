"""What runs a graph that completes a whole bar at once: no state, one call for all cells."""

import numpy as np
import onnxruntime as ort

from engines.neural.session import Floats, Ints, plain_options


class GridSession:
    """A bar graph ready to run: one thread, no spinning, CPU, warm.

    tokens int64 [B, T, K], features float32 [B, T, F] -> logits float32 [B, T, C].
    """

    def __init__(self, model: bytes) -> None:
        """Load a graph from its bytes and warm it up; raises onnxruntime's errors on nonsense."""
        self.runner = ort.InferenceSession(model, plain_options(), providers=["CPUExecutionProvider"])
        shapes = {port.name: port.shape for port in (*self.runner.get_inputs(), *self.runner.get_outputs())}
        self.steps, self.fields = (int(size) for size in shapes["tokens"][1:])
        self.features = int(shapes["features"][2])
        self.classes = int(shapes["logits"][2])
        for batch in (1, 2):  # the first runs allocate: do that here, not at a bar line
            self.complete(
                np.zeros((batch, self.steps, self.fields), np.int64),
                np.zeros((batch, self.steps, self.features), np.float32),
            )

    def complete(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [B, T, C] of every cell; rows of the batch are independent."""
        (logits,) = self.runner.run(("logits",), {"tokens": tokens, "features": features})
        return np.asarray(logits, np.float32)

    def replay(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [T, C] of one bar: tokens [T, K], features [T, F]."""
        return np.asarray(self.complete(tokens[None], features[None])[0], np.float32)
