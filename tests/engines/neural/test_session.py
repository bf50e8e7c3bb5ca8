import numpy as np
import pytest

from engines.neural.session import StepSession
from tests.engines.neural.toy import ToySpec, toy_arrays, toy_teacher
from training.networks.step_graph import step_graph


@pytest.fixture(scope="module")
def session():
    return StepSession(step_graph(toy_arrays(ToySpec()), ToySpec()))


def test_shapes_come_from_the_graph(session):
    spec = ToySpec()
    assert (session.fields, session.features) == (4, spec.features)
    assert (session.width, session.classes) == (spec.layers * spec.hidden, sum(spec.heads))


def test_rows_of_a_batch_are_independent(session):
    teacher = toy_teacher(ToySpec(), 5)
    tokens, features = teacher.tokens[0], teacher.features[0]
    together, _ = session.step(tokens, features, session.zero(5))
    for n in range(5):
        alone, _ = session.step(tokens[n : n + 1], features[n : n + 1], session.zero())
        assert np.allclose(alone, together[n], atol=1e-5)


def test_the_state_matters(session):
    teacher = toy_teacher(ToySpec(), 1)
    first, state = session.step(teacher.tokens[0], teacher.features[0], session.zero())
    second, _ = session.step(teacher.tokens[0], teacher.features[0], state)
    assert not np.allclose(first, second)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x08\x08" * 40])
def test_nonsense_raises(data):
    with pytest.raises(Exception, match=r".+"):
        StepSession(data)
