"""What runs a transformer: keys and values of the steps heard are kept, candidates share one past.

Only the slots that candidates wrote themselves are their own; what was heard is stored once per row of
conditions. States are values: a step from a state never changes what another state says.
"""

from typing import Final

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engines.neural.session import Floats, Ints, Sampler, StepSession, loaded
from engines.units import STEPS_PER_BAR

FIXED: Final = ("tokens", "features", "positions", "seen", "sizes")
UNSEEN: Final = np.float32(-1e9)


class Buffer(msgspec.Struct):
    """Keys and values per layer, float32 [R, heads, slots, width] each; a slot before `filled` is written only once."""

    parts: tuple[Floats, ...]
    filled: int

    def fit(self, used: int, slots: int) -> "Buffer":
        """Return a buffer of so many slots, the first `used` filled: this one, or a copy where others wrote on."""
        if self.filled == used and self.parts[0].shape[2] == slots:
            return self
        parts = []
        for part in self.parts:
            rows, heads, _, width = part.shape
            parts.append(np.zeros((rows, heads, slots, width), np.float32))
            parts[-1][:, :, :used] = part[:, :, :used]
        return Buffer(tuple(parts), used)

    def write(self, fresh: list[Floats]) -> None:
        """Fill the next slots of every layer."""
        end = self.filled + fresh[0].shape[2]
        for part, added in zip(self.parts, fresh, strict=True):
            part[:, :, self.filled : end] = added
        self.filled = end


class CacheState(msgspec.Struct, frozen=True):
    """What was heard: `shared` slots of all candidates, then `steps` times one slot per candidate.

    A batch is R rows of conditions times `count` candidates, row after row.
    """

    buffer: Buffer
    shared: int
    count: int = 1
    steps: int = 0

    @property
    def used(self) -> int:
        """Slots that this state knows."""
        return self.shared + self.steps * self.count


class CacheSession:
    """A cache graph ready to run: one thread, no spinning, CPU, warm; the meaning of StepSession."""

    def __init__(self, model: bytes | ort.InferenceSession) -> None:
        """Load a graph from its bytes, or take a loaded one, and warm it up; raises onnxruntime's errors."""
        self.runner = loaded(model)
        shapes = {port.name: port.shape for port in (*self.runner.get_inputs(), *self.runner.get_outputs())}
        self.caches = tuple(port.name for port in self.runner.get_inputs() if port.name not in FIXED)
        self.outputs = tuple(port.name for port in self.runner.get_outputs())
        self.fields = int(shapes["tokens"][2])
        self.features = int(shapes["features"][2])
        self.classes = int(shapes["logits"][2])
        self.heads, self.width = int(shapes[self.caches[0]][1]), int(shapes[self.caches[0]][3])
        for rows in (1, 2):  # the first runs allocate: do that here, not at a bar line
            bar = (rows, STEPS_PER_BAR)
            told, tokens = np.zeros((*bar, self.features), np.float32), np.zeros((*bar, self.fields), np.int64)
            self.step(tokens[:, 0], told[:, 0], self.hear(tokens, told, self.zero(rows)))

    def zero(self, batch: int = 1) -> CacheState:
        """Return the state before anything was heard, for so many rows of conditions."""
        shape = (batch, self.heads, STEPS_PER_BAR, self.width)
        return CacheState(Buffer(tuple(np.zeros(shape, np.float32) for _ in self.caches), 0), 0)

    def step(self, tokens: Ints, features: Floats, state: CacheState) -> tuple[Floats, CacheState]:
        """Advance by one grid step: tokens [B, K], features [B, F] -> logits [B, C], state; rows are independent."""
        bars = state.steps // STEPS_PER_BAR + 1  # room hangs on the state alone: another size could round otherwise
        buffer = state.buffer.fit(state.used, state.shared + bars * STEPS_PER_BAR * state.count)
        logits, fresh = self._run(
            tokens.reshape(-1, state.count, self.fields),
            features.reshape(-1, state.count, self.features),
            np.full(state.count, state.shared + state.steps),
            buffer,
            _own(state),
        )
        buffer.write(fresh)
        after = CacheState(buffer, state.shared, state.count, state.steps + 1)
        return logits.reshape(len(tokens), -1), after

    def hear(self, tokens: Ints, features: Floats, state: CacheState) -> CacheState:
        """Return the state after T settled steps: tokens [R, T, K], features [R, T, F]; before any spread."""
        used, steps = state.used, tokens.shape[1]
        seen = np.zeros((steps, used + steps), np.float32)
        seen[:, used:] = np.triu(np.full((steps, steps), UNSEEN), 1)
        buffer = state.buffer.fit(used, max(STEPS_PER_BAR, used))
        _, fresh = self._run(tokens, features, np.arange(used, used + steps), buffer, seen)
        after = buffer.fit(used, used + steps)
        after.write(fresh)
        return CacheState(after, used + steps)

    def spread(self, state: CacheState, count: int) -> CacheState:
        """Return the state of `count` candidates per row that all have heard this."""
        return CacheState(state.buffer, state.used, count)

    def pick(self, state: CacheState, number: int) -> CacheState:
        """Return the state of one candidate of the first row, alone."""
        kept = [*range(state.shared), *range(state.shared + number, state.used, state.count)]
        parts = tuple(np.ascontiguousarray(part[:1, :, kept]) for part in state.buffer.parts)
        return CacheState(Buffer(parts, len(kept)), len(kept))

    def replay(self, tokens: Ints, features: Floats) -> Floats:
        """Return logits [T, C] of T steps from nothing heard: tokens [T, K], features [T, F]."""
        state, found = self.zero(), []
        for row, told in zip(tokens, features, strict=True):
            logits, state = self.step(row[None], told[None], state)
            found.append(logits[0])
        return np.stack(found)

    def _run(
        self, tokens: Ints, features: Floats, positions: Ints, buffer: Buffer, seen: Floats
    ) -> tuple[Floats, list[Floats]]:
        """Run the graph on new steps [R, N, K]; seen: [N, filled + N]. Return logits [R, N, C], new keys and values."""
        new, filled, slots = len(positions), buffer.filled, buffer.parts[0].shape[2]
        empty = np.full((new, slots - filled), UNSEEN)
        given = {
            "tokens": tokens,
            "features": features,
            "positions": positions,
            "seen": np.concatenate([seen[:, :filled], empty, seen[:, filled:]], axis=1),
            "sizes": np.array([slots, new]),
        }
        logits, *fresh = self.runner.run(self.outputs, given | dict(zip(self.caches, buffer.parts, strict=True)))
        return logits, fresh


def _own(state: CacheState) -> NDArray[np.float32]:
    """Return what each candidate sees, [count, used + count]: the shared slots, its own of every step, its new one."""
    alone = np.where(np.eye(state.count, dtype=bool), np.float32(0), UNSEEN)
    return np.concatenate([np.zeros((state.count, state.shared), np.float32), *[alone] * (state.steps + 1)], axis=1)


def open_session(model: bytes) -> Sampler:
    """Return what runs a graph, by its inputs: a cache of keys and values, or a state."""
    runner = loaded(model)
    cached = any(port.name == "seen" for port in runner.get_inputs())
    return CacheSession(runner) if cached else StepSession(runner)
