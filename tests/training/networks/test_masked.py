import numpy as np
import pytest
import torch

from engines.neural.graphfile import inspect
from engines.neural.gridsession import GridSession
from training.accompaniment import proof
from training.accompaniment.proof import choose, golden
from training.export import Teacher
from training.networks.masked import MaskedBar, MaskedSpec, arrays
from training.networks.masked_graph import masked_graph

SPEC = MaskedSpec((7, 5), 6, (7, 3), steps=8, layers=2, hidden=16, attention=4)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    made = MaskedBar(SPEC).eval()
    for block in made.blocks:  # distances matter, so that a transposed table would be seen
        torch.nn.init.normal_(block.near)
    return made


@pytest.fixture(scope="module")
def teacher():
    dice = np.random.default_rng(0)
    tokens = np.stack([dice.integers(0, size, (5, 8)) for size in SPEC.vocabularies], -1)
    return Teacher(tokens, dice.standard_normal((5, 8, 6)).astype(np.float32))


def torchs(model, teacher):
    with torch.no_grad():
        return model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()


def test_the_graph_is_torchs_network_and_one_that_the_library_takes(model, teacher):
    graph = masked_graph(arrays(model), SPEC)
    inspect(graph)
    found = GridSession(graph).complete(teacher.tokens, teacher.features)
    assert np.abs(found - torchs(model, teacher)).max() < 1e-4
    assert np.allclose(GridSession(graph).replay(teacher.tokens[2], teacher.features[2]), found[2], atol=1e-5)


def test_every_step_sees_every_other_in_its_direction(model, teacher):
    before = torchs(model, teacher)
    for step in (0, 7):
        changed = Teacher(teacher.tokens.copy(), teacher.features)
        changed.tokens[0, step, 0] = (changed.tokens[0, step, 0] + 1) % 7
        moved = np.abs(torchs(model, changed) - before)
        assert (moved[0].max(-1) > 0).all()
        assert not moved[1:].any()
    turned = Teacher(teacher.tokens[:, ::-1].copy(), teacher.features[:, ::-1].copy())
    assert np.abs(torchs(model, turned)[:, ::-1] - before).max() > 1e-3  # the order of the steps is heard


def test_int8_is_shipped_where_it_is_faithful_and_a_wrong_reference_is_refused(model, teacher, monkeypatch):
    graph, precision, metrics = choose(arrays(model), SPEC, teacher, torchs(model, teacher))
    assert precision == "int8"
    assert metrics["int8_kl"] < 0.02
    inspect(graph)
    vectors = golden(graph, teacher)
    again = GridSession(graph).replay(np.array(vectors.tokens), np.array(vectors.features, np.float32))
    assert np.allclose(again, vectors.logits, atol=1e-3)
    with pytest.raises(ValueError, match="differs from torch"):
        choose(arrays(model), SPEC, teacher, torchs(model, teacher) + 0.1)
    monkeypatch.setattr(proof, "KL_LIMIT", 0.0)
    assert choose(arrays(model), SPEC, teacher, torchs(model, teacher))[1] == "fp32"
