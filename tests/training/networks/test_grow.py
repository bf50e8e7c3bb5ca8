import pytest
import torch

from tests.training.networks.test_gru import SPECS, teacher_of
from training.export import to_int8
from training.networks.grow import grow, weights_of
from training.networks.gru import GruSpec, StepGru, arrays
from training.networks.step_graph import step_graph

SMALL = SPECS[0]
LARGE = GruSpec(SMALL.vocabularies, SMALL.embeds, SMALL.features, SMALL.heads, layers=2, hidden=24)


def said(model):
    teacher = teacher_of(SMALL)
    with torch.no_grad():
        return model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0]


@pytest.mark.parametrize(("precise", "far"), [(True, 1e-5), (False, 0.05)])
def test_a_grown_network_says_what_the_shipped_one_says(precise, far):
    small, large = StepGru(SMALL).eval(), StepGru(LARGE).eval()
    graph = step_graph(arrays(small), SMALL)
    grow(large, weights_of(graph if precise else to_int8(graph)))
    assert torch.allclose(said(small), said(large), atol=far)
    large.train()
    large(torch.zeros(1, 4, 2, dtype=torch.long), torch.ones(1, 4, 6))[0].sum().backward()
    assert large.head.weight.grad[:, 16:].abs().sum() > 0, "the new units can be heard in time"


def test_shapes_that_cannot_fit_are_refused():
    weights = arrays(StepGru(LARGE))
    for spec in (SMALL, GruSpec(SMALL.vocabularies, SMALL.embeds, SMALL.features, SMALL.heads, layers=1, hidden=32)):
        with pytest.raises(ValueError, match="cannot begin as"):
            grow(StepGru(spec), weights)
