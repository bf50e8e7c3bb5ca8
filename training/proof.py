"""Is an exported graph what was trained? Parity with torch, INT8 against fp32, and the time of a step."""

import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.neural.cache import open_session
from engines.neural.session import Sampler, widen
from engines.units import STEPS_PER_BAR
from training.networks.builder import Arrays
from training.networks.spec import Spec
from training.networks.step_graph import step_graph

KL_LIMIT = 0.02  # nats per step and head
HEARD_STEPS = 64  # of history behind a step whose time is taken: four bars


class Teacher(msgspec.Struct, frozen=True):
    """Held-out inputs, teacher-forced: tokens int64 [N, T, K], features float32 [N, T, F]."""

    tokens: NDArray[np.int64]
    features: NDArray[np.float32]


class Proof(msgspec.Struct, frozen=True):
    """How faithful INT8 is: KL to fp32 (nats a step), agreement of the argmax, sizes, microseconds a step."""

    kl: float
    argmax_agreement: float
    fp32_bytes: int
    int8_bytes: int
    fp32_us: float
    int8_us: float


def to_int8(graph: bytes) -> bytes:
    """Quantise the MatMuls dynamically, per channel, to 7-bit weights (CPUs without VNNI saturate at 8)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(graph)
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        return target.read_bytes()


def run_steps(session: Sampler, teacher: Teacher) -> NDArray[np.float32]:
    """Return logits [N, T, C] of a teacher-forced run from nothing heard."""
    state, found = session.zero(len(teacher.tokens)), []
    told = widen(teacher.features, session.features)
    for t in range(teacher.tokens.shape[1]):
        logits, state = session.step(teacher.tokens[:, t], told[:, t], state)
        found.append(logits)
    return np.stack(found, axis=1)


def kl_per_step(fp32: NDArray[np.float32], int8: NDArray[np.float32], heads: tuple[int, ...], binary: bool) -> float:
    """Return the mean over steps of KL(fp32 || int8) in nats, summed over heads.

    binary: every class is an independent yes/no (drum hits) instead of one choice per head.
    """
    if binary:
        p, q = (1 / (1 + np.exp(-x.astype(np.float64))) for x in (fp32, int8))
        p, q = np.clip(p, 1e-9, 1 - 1e-9), np.clip(q, 1e-9, 1 - 1e-9)
        return float((p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum(-1).mean())
    total, at = 0.0, 0
    for size in heads:
        a, b = (log_softmax(x[..., at : at + size]) for x in (fp32, int8))
        total += float((np.exp(a) * (a - b)).sum(-1).mean())
        at += size
    return total


def log_softmax(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return log-probabilities over the last axis, in double precision."""
    wide = x.astype(np.float64) - x.max(axis=-1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True)))


def step_us(session: Sampler, batch: int = 1, runs: int = 400) -> float:
    """Return the median microseconds of one step of so many candidates, four bars heard, on this machine."""
    tokens, features = _nothing(session, batch, STEPS_PER_BAR)
    heard = session.hear(*_nothing(session, 1, HEARD_STEPS), session.zero(1))
    taken = []
    for _ in range(-(-runs // STEPS_PER_BAR)):
        state = session.spread(heard, batch)
        for step in range(STEPS_PER_BAR):
            begun = time.perf_counter()
            _, state = session.step(tokens[:, step], features[:, step], state)
            taken.append(time.perf_counter() - begun)
    return float(np.median(taken) * 1e6)


def _nothing(session: Sampler, rows: int, steps: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return np.zeros((rows, steps, session.fields), np.int64), np.zeros((rows, steps, session.features), np.float32)


def prove(fp32: bytes, int8: bytes, teacher: Teacher, heads: tuple[int, ...], binary: bool = False) -> Proof:
    """Compare both graphs on held-out inputs."""
    one, other = open_session(fp32), open_session(int8)
    a, b = run_steps(one, teacher), run_steps(other, teacher)
    first = heads[0]
    agree = float((a[..., :first].argmax(-1) == b[..., :first].argmax(-1)).mean())
    kl = kl_per_step(a, b, heads, binary)
    return Proof(kl, agree, len(fp32), len(int8), step_us(one), step_us(other))


def check_parity(graph: bytes, reference: NDArray[np.float32], teacher: Teacher, limit: float = 1e-3) -> float:
    """Return the greatest difference between the fp32 graph and torch's logits [N, T, C]; raise beyond `limit`."""
    worst = float(np.abs(run_steps(open_session(graph), teacher) - reference).max())
    if not worst <= limit:
        raise ValueError(f"the exported graph differs from torch by {worst:.4g} (allowed: {limit})")
    return worst


def choose_graph(arrays: Arrays, spec: Spec, teacher: Teacher, binary: bool = False) -> tuple[bytes, str, Proof]:
    """Return the step graph to ship of a GRU stack, its precision and the proof."""
    return choose_precision(step_graph(arrays, spec), teacher, spec.heads, binary)


def choose_precision(
    fp32: bytes, teacher: Teacher, heads: tuple[int, ...], binary: bool = False
) -> tuple[bytes, str, Proof]:
    """Return the graph to ship (INT8 if its KL passes, else as it is), its precision and the proof."""
    int8 = to_int8(fp32)
    proof = prove(fp32, int8, teacher, heads, binary)
    return (int8, "int8", proof) if proof.kl <= KL_LIMIT else (fp32, "fp32", proof)
