"""The critic's report card: how well it tells each kind of fake from real bars of held-out songs."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from engines.neural.critic import KINDS
from engines.neural.session import StepSession
from training.critic.data import REAL, CriticWindows
from training.export import Teacher, run_steps

SEED: Final = 5
WHERE: Final = {"first_bar": True, "any_bar": False}  # of the fakes: only the last bar, after real ones; or from any on


def auc(real: NDArray[np.float32], fake: NDArray[np.float32]) -> float:
    """Return how often a real value is above a fake one, 0..1; ties count half (Mann-Whitney)."""
    ranks = rankdata(np.concatenate([real, fake]))[: len(real)]
    return float((ranks.sum() - len(real) * (len(real) + 1) / 2) / (len(real) * len(fake)))


def report(session: StepSession, test: CriticWindows) -> dict[str, float]:
    """Return AUC and accuracy of the last bar's judgement by kind of fake; samples begin where they begin."""
    chosen = np.arange(len(test))
    real = _judged(session, test, chosen, REAL, alone=True)
    found = {}
    for kind, name in enumerate(KINDS):
        for where, alone in WHERE.items():
            fake = _judged(session, test, chosen, kind, alone=alone)[:, kind]
            found[f"auc.{name}.{where}"] = round(auc(real[:, kind], fake), 4)
            found[f"accuracy.{name}.{where}"] = round(float(((real[:, kind] > 0).mean() + (fake <= 0).mean()) / 2), 4)
    return found | {"windows": float(len(chosen))}


def _judged(
    session: StepSession, test: CriticWindows, chosen: NDArray[np.int64], kind: int, *, alone: bool
) -> NDArray[np.float32]:
    """Return logits [N, KINDS] of the last bars of the chosen windows as one kind."""
    batch = test.of_kinds(chosen, [kind] * len(chosen), np.random.default_rng((SEED, kind)), last=alone)
    return run_steps(session, Teacher(batch.tokens.numpy(), batch.features.numpy()))[:, -1]
