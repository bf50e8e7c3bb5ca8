"""What an export of a bar graph proves: parity with torch, INT8 against fp32, golden vectors, speed."""

import time
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engines.card import Golden, Port
from engines.neural.gridsession import GridSession
from training.accompaniment.windows import Bars
from training.export import KL_LIMIT, TOLERANCE, Proof, Teacher, kl_per_step, to_int8
from training.networks.builder import Arrays
from training.networks.masked_graph import Spec, masked_graph
from training.publish import Metrics, proof_metrics

PARITY = 1e-3  # logits: the greatest difference between torch and the fp32 graph that counts as the same
JUDGED_BARS = 256


def teacher_of(bars: Bars) -> Teacher:
    """Return some held-out bars with their masks, evenly chosen."""
    chosen = np.unique(np.linspace(0, len(bars) - 1, JUDGED_BARS).astype(int))
    batch = bars.batch(chosen, None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy())


def choose(
    arrays: Arrays, spec: Spec, teacher: Teacher, reference: NDArray[np.float32]
) -> tuple[bytes, Literal["int8", "fp32"], Metrics]:
    """Return the graph to ship (INT8 if its KL passes, else fp32), its precision, and the proof as figures.

    reference: torch's logits [N, T, C]; raises ValueError where the fp32 graph gives others.
    """
    fp32 = masked_graph(arrays, spec)
    int8 = to_int8(fp32)
    one, other = GridSession(fp32), GridSession(int8)
    exact, rough = (session.complete(teacher.tokens, teacher.features) for session in (one, other))
    worst = float(np.abs(exact - reference).max())
    if not worst <= PARITY:
        raise ValueError(f"the exported graph differs from torch by {worst:.4g} (allowed: {PARITY})")
    first = spec.heads[0]
    agree = float((exact[..., :first].argmax(-1) == rough[..., :first].argmax(-1)).mean())
    kl = kl_per_step(exact, rough, spec.heads, binary=False)
    proof = Proof(kl, agree, len(fp32), len(int8), bar_us(one), bar_us(other))
    metrics = proof_metrics(proof, worst)
    return (int8, "int8", metrics) if kl <= KL_LIMIT else (fp32, "fp32", metrics)


def bar_us(session: GridSession, batch: int = 1, runs: int = 200) -> float:
    """Return the median microseconds of one call at this batch size on this machine."""
    tokens = np.zeros((batch, session.steps, session.fields), np.int64)
    features = np.zeros((batch, session.steps, session.features), np.float32)
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        session.complete(tokens, features)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken) * 1e6)


def latencies(graph: bytes) -> dict[str, float]:
    """Return microseconds per call (a whole bar) at batch 1 and 2."""
    session = GridSession(graph)
    return {f"bar_batch_{batch}": round(bar_us(session, batch), 1) for batch in (1, 2)}


def golden(graph: bytes, teacher: Teacher) -> Golden:
    """Return golden vectors: one bar, rounded so that the file stays small."""
    tokens, features = teacher.tokens[0], np.round(teacher.features[0], 4).astype(np.float32)
    logits = GridSession(graph).replay(tokens, features)
    rounded = [[[round(float(x), 4) for x in row] for row in rows] for rows in (features, logits)]
    return Golden(tokens.tolist(), rounded[0], rounded[1], TOLERANCE)


def ports(spec: Spec) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return inputs and outputs of a bar graph as the card names them."""
    inputs = (
        Port("tokens", "int64", ("batch", spec.steps, len(spec.vocabularies))),
        Port("features", "float32", ("batch", spec.steps, spec.features)),
    )
    return inputs, (Port("logits", "float32", ("batch", spec.steps, sum(spec.heads))),)
