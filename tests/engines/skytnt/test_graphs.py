from typing import NamedTuple

import onnx
import pytest
from onnx import TensorProto, helper

from engines.shelf import LibraryError
from engines.skytnt import graphs
from engines.skytnt.graphs import LLAMA, check_base, check_token, open_graph
from engines.skytnt.tokens import V2
from tests.engines.skytnt.toy import base_graph, token_graph


class Port(NamedTuple):
    name: str
    type: str
    shape: list


class Runner(NamedTuple):
    """The ports of a graph, as onnxruntime tells them."""

    inputs: dict
    outputs: dict

    def get_inputs(self):
        return [port._replace(name=name) for name, port in self.inputs.items()]

    def get_outputs(self):
        return [port._replace(name=name) for name, port in self.outputs.items()]


def ports(runner):
    def told(found):
        return {port.name: Port(port.name, port.type, list(port.shape)) for port in found}

    return Runner(told(runner.get_inputs()), told(runner.get_outputs()))


def opened(folder, model, name="model_base.onnx"):
    data = model if isinstance(model, bytes) else model.SerializeToString()
    (folder / name).write_bytes(data)
    return open_graph(folder, name, 1)[0]


@pytest.fixture
def base(tmp_path):
    return ports(opened(tmp_path, base_graph(V2)))


@pytest.fixture
def token(tmp_path):
    return ports(opened(tmp_path, token_graph(V2), "model_token.onnx"))


def test_graphs_of_the_published_form_are_understood(base, token):
    sizes = check_base(base)
    assert (sizes.layers, sizes.heads, sizes.width, sizes.breadth) == (2, 4, 4, 16)
    other = check_token(token, sizes, V2.size)
    assert (other.layers, other.heads, other.width, other.classes) == (1, 1, 16, 3406)


def test_the_same_file_has_the_same_sum_another_another(tmp_path):
    sums = []
    for seed in (0, 0, 1):
        (tmp_path / "model_base.onnx").write_bytes(base_graph(V2, seed).SerializeToString())
        sums.append(open_graph(tmp_path, "model_base.onnx", 1)[1])
    assert sums[0] == sums[1] != sums[2]


BROKEN_BASES = [
    ("no port 'x'", lambda r: r.inputs.update(y=r.inputs.pop("x"))),
    ("no port 'past_key_values.1.value'", lambda r: r.inputs.update(pkv=r.inputs.pop("past_key_values.1.value"))),
    ("foreign port 'extra'", lambda r: r.outputs.update(extra=r.outputs["hidden"])),
    ("no port 'present.0.key'", lambda r: r.outputs.pop("present.0.key")),
    ("1 inputs: x and keys", lambda r: [r.inputs.pop(name) for name in list(r.inputs) if name != "x"]),
    ("x is tensor.int32.", lambda r: r.inputs.update(x=Port("x", "tensor(int32)", ["b", "n", "t"]))),
    ("x is tensor.int64. of 2 axes", lambda r: r.inputs.update(x=Port("x", "tensor(int64)", ["b", "n"]))),
    ("rows of 7 tokens, not 8", lambda r: r.inputs.update(x=Port("x", "tensor(int64)", ["b", "n", 7]))),
    ("hidden is tensor.float16.", lambda r: r.outputs.update(hidden=Port("hidden", "tensor(float16)", ["b", "n", 16]))),
    ("axis 2 of hidden must be", lambda r: r.outputs.update(hidden=Port("hidden", "tensor(float)", ["b", "n", "e"]))),
    (
        "different shapes",
        lambda r: r.inputs.update(
            {"past_key_values.0.key": Port("past_key_values.0.key", "tensor(float)", ["b", 8, "n", 4])}
        ),
    ),
    (
        "axis 3 of past_key_values.0.key must be",
        lambda r: r.inputs.update(
            {"past_key_values.0.key": Port("past_key_values.0.key", "tensor(float)", ["b", 4, "n", None])}
        ),
    ),
]


@pytest.mark.parametrize(("words", "spoil"), BROKEN_BASES, ids=[words for words, _ in BROKEN_BASES])
def test_a_base_of_another_form_is_refused_by_name(base, words, spoil):
    spoil(base)
    with pytest.raises(LibraryError, match=words) as caught:
        check_base(base)
    assert "model_base.onnx" in str(caught.value)


def test_keys_of_absurd_width_are_refused(base):
    for found in (base.inputs, base.outputs):
        for name, port in found.items():
            if "." in name:
                found[name] = port._replace(shape=["b", 10**9, "n", 4])
    with pytest.raises(LibraryError, match="at most 65536"):
        check_base(base)


def test_a_token_graph_of_another_model_is_refused(base, token):
    sizes = check_base(base)
    with pytest.raises(LibraryError, match="y has 3406 tokens, the tokenizer 3239"):
        check_token(token, sizes, 3239)
    token.inputs["hidden"] = Port("hidden", "tensor(float)", ["b", "s", 32])
    with pytest.raises(LibraryError, match=r"hidden is 32 wide, that of model_base\.onnx 16"):
        check_token(token, sizes, V2.size)


def test_files_that_are_absent_cut_off_or_too_large_are_refused(tmp_path, monkeypatch):
    with pytest.raises(LibraryError, match=r"no file 'model_base.onnx' \(nor onnx/model_base.onnx\)"):
        open_graph(tmp_path, "model_base.onnx", 1)
    data = base_graph(V2).SerializeToString()
    for broken in (b"", data[:1000], b"PK\x03\x04" + data):
        with pytest.raises(LibraryError, match=r"model_base\.onnx: "):
            opened(tmp_path, broken)
    monkeypatch.setattr(graphs, "MAX_GRAPH_BYTES", len(data) - 1)
    with pytest.raises(LibraryError, match=f"{len(data)} bytes, at most {len(data) - 1} allowed"):
        opened(tmp_path, data)


def test_graphs_that_call_loop_or_read_other_files_are_refused(tmp_path):
    foreign = base_graph(V2)
    foreign.graph.node[0].domain = "evil"
    with pytest.raises(LibraryError, match="foreign operator domain 'evil'"):
        opened(tmp_path, foreign)
    loop = base_graph(V2)
    loop.graph.node.append(helper.make_node("Loop", ["c0", "c0"], ["never"]))
    with pytest.raises(LibraryError, match="operator 'Loop' is none of ours"):
        opened(tmp_path, loop)
    outside = base_graph(V2)
    outside.graph.initializer[0].data_location = TensorProto.EXTERNAL
    outside.graph.initializer[0].external_data.add(key="location", value="../../etc/passwd")
    with pytest.raises(LibraryError, match="weights lie in another file"):
        opened(tmp_path, outside)


def test_a_graph_that_onnxruntime_refuses_is_told_in_one_line(tmp_path):
    broken = base_graph(V2)
    broken.graph.node[0].input[1] = "nowhere"
    with pytest.raises(LibraryError, match=r"model_base\.onnx: ") as caught:
        opened(tmp_path, broken)
    assert "\n" not in str(caught.value).strip()


def test_no_operator_that_may_pass_holds_a_graph_of_its_own():
    for operator in LLAMA - {"LayerNormalization"}:  # of opset 17; it holds none either
        kinds = {attribute.type for attribute in onnx.defs.get_schema(operator, 14).attributes.values()}
        assert onnx.defs.OpSchema.AttrType.GRAPH not in kinds, operator
