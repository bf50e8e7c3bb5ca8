import numpy as np
import pytest
import torch

from engines.neural.cache import CacheSession, open_session
from engines.neural.graphfile import inspect
from engines.neural.session import StepSession, widen
from tests.training.networks.test_gru import SPECS, teacher_of
from training.export import Teacher, check_parity, choose_precision, golden, run_steps, step_us
from training.lead.recipe import graph_of
from training.networks.gru import random_arrays
from training.networks.step_graph import step_graph
from training.networks.transformer import StepTransformer, TransformerSpec, rotate, turns

SHAPES = [
    TransformerSpec((7, 5), 6, (7, 3), layers=2, hidden=16, attention=2),
    TransformerSpec((7, 5), 6, (7, 3), layers=1, hidden=12, attention=3, conditions="encoder"),
]


@pytest.fixture(scope="module", params=SHAPES, ids=["stream", "encoder"])
def model(request):
    torch.manual_seed(1)
    made = StepTransformer(request.param).eval()
    for part in made.parameters():
        part.data += 0.1 * torch.randn_like(part)  # biases, norms and residual outputs matter too
    return made


def said(model, teacher):
    with torch.no_grad():
        return model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()


def test_the_exported_steps_are_torchs_transformer(model):
    teacher, graph = teacher_of(model.spec, steps=48), graph_of(model)
    assert check_parity(graph, said(model, teacher), teacher) < 1e-4
    with pytest.raises(ValueError, match="differs from torch"):
        check_parity(graph, said(model, teacher) + 0.1, teacher)
    assert inspect(graph).opset <= 17


def test_the_future_is_never_seen(model):
    teacher = teacher_of(model.spec, steps=32)
    tokens = teacher.tokens.copy()
    tokens[:, 20:] = 0
    whole, changed = said(model, teacher), said(model, Teacher(tokens, teacher.features))
    assert np.array_equal(whole[:, :20], changed[:, :20])
    assert not np.allclose(whole[:, 20:], changed[:, 20:])


def test_only_distances_matter_to_the_rotation():
    query, key = torch.randn(2, 8)
    positions = torch.arange(40)
    cosines, sines = turns(positions, 8)

    def score(there, here):
        return float(rotate(query, cosines[there], sines[there]) @ rotate(key, cosines[here], sines[here]))

    assert score(9, 4) == pytest.approx(score(33, 28), abs=1e-4)
    assert score(9, 4) != pytest.approx(score(9, 5), abs=1e-4)


def test_conditions_of_later_beats_reach_a_condition_encoder_only():
    for spec, heard in zip(SHAPES, (False, True), strict=True):
        torch.manual_seed(0)
        model, teacher = StepTransformer(spec).eval(), teacher_of(spec, steps=16)
        features = teacher.features.copy()
        features[:, 12:] += 1  # the last beat of the bar
        first, other = said(model, teacher)[:, 0], said(model, Teacher(teacher.tokens, features))[:, 0]
        assert (not np.allclose(first, other)) == heard


def test_widened_conditions_tell_every_step_its_bars_beats():
    features = np.random.default_rng(0).random((2, 32, 3)).astype(np.float32)
    wide = widen(features, 15)
    assert wide.shape == (2, 32, 15)
    assert np.array_equal(wide[..., :3], features)
    assert np.array_equal(wide[1, 21, 3:], features[1, [16, 20, 24, 28]].ravel())
    assert widen(features, 3) is features


def test_int8_and_golden_vectors_replay(model):
    teacher = teacher_of(model.spec, steps=32)
    graph, precision, proof = choose_precision(graph_of(model), teacher, model.spec.heads)
    assert precision == "int8"
    assert 0 < proof.kl < 0.02
    vectors, session = golden(graph, teacher), CacheSession(graph)
    again = session.replay(np.array(vectors.tokens), np.array(vectors.features, np.float32))
    assert np.allclose(again, vectors.logits, atol=1e-3)
    assert step_us(session, 3, runs=16) > 0


def test_a_graph_chooses_its_session(model):
    assert isinstance(open_session(graph_of(model)), CacheSession)
    spec = SPECS[0]
    graph = step_graph(random_arrays(spec), spec)
    assert isinstance(open_session(graph), StepSession)
    assert run_steps(open_session(graph), teacher_of(spec)).shape == (3, 12, sum(spec.heads))
