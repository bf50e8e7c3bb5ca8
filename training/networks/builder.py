"""Builds an ONNX graph node by node from plain arrays, with fixed names and opset (no torch)."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

Arrays = Mapping[str, NDArray[np.float32]]
OPSET = 17


class Builder:
    """Collects nodes and initialisers; every method returns the names of its outputs."""

    def __init__(self, arrays: Arrays) -> None:
        """Take the weights by name."""
        self.nodes: list[NodeProto] = []
        self.weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in arrays.items()]
        self.count = 0

    def op(self, kind: str, *inputs: str, outputs: int = 1, to: str = "", **attributes: object) -> list[str]:
        """Add a node; to: the name of its one output."""
        self.count += 1
        names = [to] if to else [f"{kind.lower()}_{self.count}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add an initialiser."""
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def split(self, name: str, sizes: tuple[int, ...], axis: int = -1) -> list[str]:
        """Split along an axis into parts of known sizes."""
        self.count += 1
        parts = self.constant(f"sizes_{self.count}", np.array(sizes, np.int64))
        return self.op("Split", name, parts, outputs=len(sizes), axis=axis) if len(sizes) > 1 else [name]

    def linear(self, name: str, weight: str, bias: str, to: str = "") -> str:
        """Multiply by a weight [in, out] and add a bias."""
        return self.op("Add", *self.op("MatMul", name, weight), bias, to=to)[0]

    def columns(self, name: str, count: int, axis: int) -> list[str]:
        """Take an integer input apart along an axis."""
        places = [self.constant(f"column_{k}", np.array(k, np.int64)) for k in range(count)]
        return [self.op("Gather", name, place, axis=axis)[0] for place in places]

    def serialise(self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> bytes:
        """Return the checked graph; inputs and outputs as `whole` and `real` describe them."""
        graph = helper.make_graph(self.nodes, "step", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def whole(name: str, *shape: str | int) -> ValueInfoProto:
    """Describe an int64 input or output."""
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def real(name: str, *shape: str | int) -> ValueInfoProto:
    """Describe a float32 input or output."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
