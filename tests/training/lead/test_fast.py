import msgspec
import numpy as np
import pytest
import torch

from tests.training.music import make_corpus
from training.lead import fast, recipe
from training.lead.task import HEADS, Mixed, datasets, loss
from training.networks.transformer import StepTransformer
from training.options import TrainOptions, settings


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """The data, the student's numbers, and a teacher that has learned nothing yet."""
    options = TrainOptions(make_corpus(tmp_path_factory.mktemp("data")), tmp_path_factory.mktemp("runs"), "smoke")
    torch.manual_seed(0)
    teacher = StepTransformer(recipe.make_spec(settings("lead", options)))
    chosen = settings("lead-fast", options)
    return datasets(options, chosen.window_bars)[0], chosen, teacher


def test_the_teacher_speaks_of_the_same_windows(school):
    data, chosen, teacher = school
    lesson = fast.Distillation(data, chosen, teacher)
    taught = lesson.windows.batch(np.arange(3), np.random.default_rng(1))
    plain = Mixed(data, chosen).batch(np.arange(3), np.random.default_rng(1))
    assert torch.equal(taught.tokens, plain.tokens)
    assert torch.equal(taught.targets[..., :2].long(), plain.targets)
    with torch.no_grad():
        said = teacher.eval()(plain.tokens, plain.features)[0]
    assert torch.allclose(taught.targets[..., 2:], said)
    assert not taught.targets.requires_grad


def test_nobody_is_nearer_to_the_teacher_than_itself():
    said, weight = torch.randn(2, 5, sum(HEADS)), torch.ones(2, 5, 2)
    itself = fast.distance(said, said, weight)
    for other in (said + 0.3 * torch.randn_like(said), torch.zeros_like(said)):
        assert fast.distance(other, said, weight) > itself
    assert fast.distance(said, said, 0 * weight) == 0


def test_without_a_teachers_words_the_notes_are_the_lesson(school):
    data, chosen, teacher = school
    lesson = fast.Distillation(data, chosen, teacher)
    batch = data["pop"].batch(np.arange(2), None)
    logits = torch.randn(*batch.tokens.shape[:2], sum(HEADS))
    assert lesson.loss(logits, batch)[0] == loss(logits, batch)[0]
    taught = msgspec.structs.replace(batch, targets=torch.cat([batch.targets.float(), logits], -1))
    assert lesson.loss(logits, taught)[1]["nll"] == loss(logits, batch)[1]["nll"]


def test_a_student_begins_as_the_shipped_one():
    chosen = settings("lead-fast", TrainOptions(None, None, "tiny"))
    grown = fast.begin(msgspec.structs.replace(chosen, extra=chosen.extra | {"grow": 1}))
    tokens = torch.zeros(1, 4, 4, dtype=torch.long)
    features = torch.zeros(1, 4, fast.make_spec(chosen).features)
    plain = fast.begin(msgspec.structs.replace(chosen, extra=chosen.extra | {"grow": 0}))
    grown.eval()
    plain.eval()
    assert not torch.allclose(grown(tokens, features)[0], plain(tokens, features)[0])
    assert grown.spec == plain.spec
