"""The ONNX step graph of a GRU stack, built node by node from plain arrays (no torch).

Fixed names, symbolic batch, opset 17, cells as MatMuls so that INT8 works.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Arrays = Mapping[str, NDArray[np.float32]]
OPSET = 17


class Spec(Protocol):
    """The numbers of `training.networks.gru.GruSpec` that shape the graph."""

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """Sizes of the K categorical inputs."""

    @property
    def features(self) -> int:
        """Width F of the condition vector."""

    @property
    def heads(self) -> tuple[int, ...]:
        """Sizes of the output heads."""

    @property
    def layers(self) -> int:
        """Number of GRU layers."""

    @property
    def hidden(self) -> int:
        """Units per layer."""


class _Builder:
    """Collects nodes and initialisers; every method returns the name of its (first) output."""

    def __init__(self, arrays: Arrays) -> None:
        self.nodes: list[NodeProto] = []
        self.weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in arrays.items()]
        self.count = 0

    def op(self, kind: str, *inputs: str, outputs: int = 1, to: str = "", **attributes: object) -> list[str]:
        self.count += 1
        names = [to] if to else [f"{kind.lower()}_{self.count}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def constant(self, name: str, value: NDArray[np.int64]) -> str:
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def split(self, name: str, sizes: tuple[int, ...]) -> list[str]:
        self.count += 1
        parts = self.constant(f"sizes_{self.count}", np.array(sizes, np.int64))
        return self.op("Split", name, parts, outputs=len(sizes), axis=-1) if len(sizes) > 1 else [name]

    def linear(self, name: str, weight: str, bias: str, to: str = "") -> str:
        return self.op("Add", *self.op("MatMul", name, weight), bias, to=to)[0]

    def cell(self, layer: int, name: str, state: str, hidden: int) -> str:
        """One GRU cell in torch's convention (reset after the hidden product), after Cho et al. 2014."""
        halves = (2 * hidden, hidden)
        gates_x, new_x = self.split(self.linear(name, f"input.{layer}", f"input_bias.{layer}"), halves)
        gates_h, new_h = self.split(self.linear(state, f"hidden.{layer}", f"hidden_bias.{layer}"), halves)
        gates = self.op("Sigmoid", *self.op("Add", gates_x, gates_h))[0]
        reset, update = self.split(gates, (hidden, hidden))
        new = self.op("Tanh", *self.op("Add", new_x, *self.op("Mul", reset, new_h)))[0]
        kept = self.op("Mul", update, *self.op("Sub", state, new))[0]
        return self.op("Add", new, kept)[0]


def step_graph(arrays: Arrays, spec: Spec) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.gru.arrays` does.

    tokens int64 [batch, K], features [batch, F], state [batch, L*H] -> logits [batch, C], state_out.
    """
    build = _Builder(arrays)
    columns = [build.constant(f"column_{k}", np.array(k, np.int64)) for k in range(len(spec.vocabularies))]
    ids = [build.op("Gather", "tokens", column, axis=1)[0] for column in columns]
    parts = [build.op("Gather", f"embed.{k}", name, axis=0)[0] for k, name in enumerate(ids)]
    signal = build.op("Concat", *parts, "features", axis=-1)[0] if parts else "features"
    after = []
    for layer, state in enumerate(build.split("state", (spec.hidden,) * spec.layers)):
        signal = build.cell(layer, signal, state, spec.hidden)
        after.append(signal)
    build.linear(signal, "head", "head_bias", to="logits")
    build.op("Concat", *after, to="state_out", axis=-1)
    return _serialise(build, spec)


def _serialise(build: _Builder, spec: Spec) -> bytes:
    width, classes = spec.layers * spec.hidden, sum(spec.heads)
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", len(spec.vocabularies)]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", spec.features]),
        helper.make_tensor_value_info("state", TensorProto.FLOAT, ["batch", width]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes]),
        helper.make_tensor_value_info("state_out", TensorProto.FLOAT, ["batch", width]),
    ]
    graph = helper.make_graph(build.nodes, "step", inputs, outputs, build.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
