import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from engines.neural.graphfile import GraphError, inspect
from tests.engines.neural.toy import ToySpec, toy_arrays
from training.networks.step_graph import step_graph

GRAPH = step_graph(toy_arrays(ToySpec()), ToySpec())


def model_of(node, opset=17, domain=""):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "g", [value], [out])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, opset)])


def test_our_graph_passes():
    facts = inspect(GRAPH)
    assert facts.opset == 17
    assert "MatMul" in facts.operators
    assert facts.nodes == len(onnx.load_from_string(GRAPH).graph.node)


@given(st.integers(0, len(GRAPH) - 1))
def test_cut_off_files_are_refused_or_hold_the_whole_graph(size):
    with pytest.raises(GraphError):
        inspect(GRAPH[:size])


@given(st.binary(max_size=400))
def test_noise_is_refused(data):
    with pytest.raises(GraphError):
        inspect(data)


@given(st.integers(0, len(GRAPH) - 1), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing_but_graph_error(at, value):
    broken = bytearray(GRAPH)
    broken[at] = value
    try:
        inspect(bytes(broken))
    except GraphError as error:
        assert str(error)


def test_foreign_operators_domains_opsets_and_subgraphs_are_refused():
    loop = model_of(helper.make_node("Loop", ["x"], ["y"]))
    with pytest.raises(GraphError, match="Loop"):
        inspect(loop.SerializeToString())
    with pytest.raises(GraphError, match="domain"):
        inspect(model_of(helper.make_node("Add", ["x", "x"], ["y"], domain="evil")).SerializeToString())
    with pytest.raises(GraphError, match="domain"):
        inspect(model_of(helper.make_node("Add", ["x", "x"], ["y"]), domain="evil").SerializeToString())
    with pytest.raises(GraphError, match="opset 23"):
        inspect(model_of(helper.make_node("Add", ["x", "x"], ["y"]), opset=23).SerializeToString())
    inner = model_of(helper.make_node("Add", ["x", "x"], ["y"])).graph
    with pytest.raises(GraphError, match="graph of its own"):
        inspect(model_of(helper.make_node("Add", ["x", "x"], ["y"], body=inner)).SerializeToString())


def test_weights_in_another_file_are_refused():
    model = onnx.load_from_string(GRAPH)
    weight = model.graph.initializer[0]
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../etc/passwd")
    with pytest.raises(GraphError, match="another file"):
        inspect(model.SerializeToString())
    hidden = onnx.load_from_string(GRAPH)
    tensor = numpy_helper.from_array(numpy_helper.to_array(hidden.graph.initializer[0]), "w")
    tensor.data_location = TensorProto.EXTERNAL
    hidden.graph.node.append(helper.make_node("Constant", [], ["w"], value=tensor))
    with pytest.raises(GraphError, match="another file"):
        inspect(hidden.SerializeToString())
