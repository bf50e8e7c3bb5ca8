import numpy as np
import pytest
import torch

from engines.neural.session import StepSession
from training.export import Teacher, check_parity, choose_graph, golden, kl_per_step, run_steps, to_int8
from training.networks.gru import GruSpec, StepGru, arrays, random_arrays
from training.networks.step_graph import step_graph

SPECS = [
    GruSpec((7, 5), (4, 3), 6, (7, 3), layers=2, hidden=16),
    GruSpec((), (), 9, (4,), layers=1, hidden=8),
    GruSpec((3,), (2,), 1, (3, 2, 2), layers=3, hidden=5),
]


def teacher_of(spec, windows=3, steps=12):
    dice = np.random.default_rng(0)
    columns = [dice.integers(0, size, (windows, steps)) for size in spec.vocabularies]
    tokens = np.stack(columns, -1) if columns else np.zeros((windows, steps, 0), np.int64)
    return Teacher(tokens.astype(np.int64), dice.random((windows, steps, spec.features)).astype(np.float32))


@pytest.mark.parametrize("spec", SPECS)
def test_the_exported_cells_are_torchs_gru(spec):
    torch.manual_seed(1)
    model, teacher = StepGru(spec).eval(), teacher_of(spec)
    with torch.no_grad():
        reference = model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()
    assert check_parity(step_graph(arrays(model), spec), reference, teacher) < 1e-5
    with pytest.raises(ValueError, match="differs from torch"):
        check_parity(step_graph(arrays(model), spec), reference + 0.1, teacher)


def test_random_weights_have_the_layout_of_trained_ones():
    for spec in SPECS:
        trained, drawn = arrays(StepGru(spec)), random_arrays(spec)
        assert {k: v.shape for k, v in trained.items()} == {k: v.shape for k, v in drawn.items()}
        count = sum(v.size for v in trained.values())
        assert StepGru(spec).parameter_count() == count


def test_int8_stays_close_and_is_chosen_only_then():
    spec = SPECS[0]
    weights = random_arrays(spec, scale=0.3)
    graph, precision, proof = choose_graph(weights, spec, teacher_of(spec))
    assert precision == "int8"
    assert proof.kl < 0.02
    assert graph == to_int8(step_graph(weights, spec))
    loud = {name: value * 60 for name, value in weights.items()}
    rough, precision, proof = choose_graph(loud, spec, teacher_of(spec))
    assert proof.kl > 0.02
    assert precision == "fp32"
    assert rough == step_graph(loud, spec)


def test_kl_is_zero_for_equals_and_positive_otherwise():
    logits = np.random.default_rng(0).standard_normal((2, 3, 5)).astype(np.float32)
    other = logits + np.array([1, 0, 0, 0, 0], np.float32)
    for binary in (False, True):
        assert kl_per_step(logits, logits, (3, 2), binary) == pytest.approx(0, abs=1e-9)
        assert kl_per_step(logits, other, (3, 2), binary) > 0.01


def test_golden_vectors_are_what_the_graph_gives():
    spec = SPECS[0]
    graph, teacher = step_graph(random_arrays(spec), spec), teacher_of(spec)
    vectors = golden(graph, teacher)
    again = run_steps(StepSession(graph), Teacher(np.array([vectors.tokens]), np.array([vectors.features], np.float32)))
    assert np.allclose(again[0], vectors.logits, atol=1e-3)
