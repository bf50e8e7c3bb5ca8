import numpy as np
import pytest

from engines.shelf import LibraryError
from engines.skytnt.graphs import check_base, check_token, open_graph
from engines.skytnt.session import Model
from engines.skytnt.tokens import FIRST_ROW, V1, V2, Event
from tests.engines.skytnt.toy import make_toy


def parts_of(folder, tokens=V2):
    base, token = (open_graph(folder, name, 1)[0] for name in ("model_base.onnx", "model_token.onnx"))
    sizes = check_base(base)
    return base, token, (sizes, check_token(token, sizes, tokens.size))


@pytest.fixture(scope="module", params=["v1", "v2"])
def model(request, tmp_path_factory):
    tokens = {"v1": V1, "v2": V2}[request.param]
    folder = make_toy(tmp_path_factory.mktemp("toy"), request.param)
    return Model(*parts_of(folder, tokens), tokens)


def note(model, **values):
    base = {"time1": 0, "time2": 0, "track": 1, "channel": 0, "pitch": 60, "velocity": 90, "duration": 4}
    return model.tokens.encode(Event("note", base | values))


def test_rows_read_one_by_one_are_rows_read_at_once(model):
    rows = [FIRST_ROW, *(note(model, pitch=pitch) for pitch in (60, 64, 67, 72))]
    at_once, stepwise = model.read(rows, model.nothing()), model.nothing()
    for row in rows:
        stepwise = model.read([row], stepwise)
    assert at_once.rows == stepwise.rows == len(rows)
    np.testing.assert_allclose(at_once.hidden, stepwise.hidden, atol=1e-4)
    for one, other in zip(at_once.parts, stepwise.parts, strict=True):
        assert one.shape == (1, 4, len(rows), 4)
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_what_was_read_matters_and_in_its_order(model):
    rows = [note(model, pitch=60), note(model, pitch=67)]
    start = model.read([FIRST_ROW], model.nothing())
    forward, backward = model.read(rows, start), model.read(rows[::-1], start)
    assert np.abs(forward.hidden - backward.hidden).max() > 1e-3


def test_a_past_is_a_value(model):
    start = model.read([FIRST_ROW], model.nothing())
    before = [part.copy() for part in (*start.parts, start.hidden)]
    model.read([note(model)], start)
    model.writer(start).logits()
    for part, kept in zip((*start.parts, start.hidden), before, strict=True):
        np.testing.assert_array_equal(part, kept)
    assert model.read([], start) is start


def test_asking_in_between_changes_no_answer(model):
    past = model.read([FIRST_ROW, note(model)], model.nothing())
    fed = note(model, pitch=62)[:5]
    patient, curious = model.writer(past), model.writer(past)
    for token in fed:
        curious.logits()
        for writer in (patient, curious):
            writer.feed(token)
    np.testing.assert_allclose(patient.logits(), curious.logits(), atol=1e-4)


class Forgetful:
    """A graph that answers as if nothing had been before."""

    def __init__(self, runner) -> None:
        self.runner = runner

    def run(self, names, told):
        return self.runner.run(names, {n: v * 0 if n.startswith("past_key_values") else v for n, v in told.items()})


class Broken:
    """A graph whose numbers are none."""

    def __init__(self, runner) -> None:
        self.runner = runner

    def run(self, names, told):
        return [found * np.float32(np.nan) for found in self.runner.run(names, told)]


@pytest.mark.parametrize("spoil", [Forgetful, Broken])
def test_a_cache_that_does_not_remember_is_refused(tmp_path, spoil):
    base, token, sizes = parts_of(make_toy(tmp_path))
    Model(base, token, sizes, V2)
    with pytest.raises(LibraryError, match="cache of the base graph"):
        Model(spoil(base), token, sizes, V2)
    with pytest.raises(LibraryError, match="cache of the token graph"):
        Model(base, spoil(token), sizes, V2)
