"""Look into an ONNX file before onnxruntime does: bounded, dependency-free, refusing what we never ship.

A walk over the protobuf wire format (protobuf.dev/programming-guides/encoding; field numbers from onnx.proto3).
Only known operators of known domains pass, so a graph can neither loop for ever nor read other files.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

_GRAPH, _OPSET, _FUNCTIONS = 7, 8, 25  # ModelProto
_NODE, _INITIALIZER, _SPARSE = 1, 5, 15  # GraphProto
_OP_TYPE, _ATTRIBUTE, _DOMAIN = 4, 5, 7  # NodeProto
_EXTERNAL, _LOCATION = 13, 14  # TensorProto
_TENSOR, _SUBGRAPH, _TENSORS, _SUBGRAPHS = 5, 6, 10, 11  # AttributeProto
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2  # OperatorSetIdProto
MAX_OPSET: Final = 17
DOMAINS: Final = frozenset({"", "ai.onnx", "com.microsoft", "ai.onnx.ml"})
OPERATORS: Final = frozenset({
    "Add", "Cast", "Concat", "Constant", "Div", "DynamicQuantizeLinear", "Gather", "Gemm", "Identity",
    "LayerNormalization", "MatMul", "MatMulInteger", "Mul", "Relu", "Reshape", "Sigmoid", "Softmax", "Split",
    "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze",
})  # fmt: skip


class GraphError(ValueError):
    """The file is no graph that we would run."""


class Facts(msgspec.Struct, frozen=True):
    """What the walk found: opset of the default domain, number of nodes, their operators."""

    opset: int
    nodes: int
    operators: frozenset[str]


def inspect(model: bytes, allowed: frozenset[str] = OPERATORS) -> Facts:
    """Return the facts of a graph of allowed operators; raise GraphError on anything malformed, foreign or external."""
    opset, nodes, operators, graphs = 0, 0, set[str](), 0
    for field, value in _fields(memoryview(model)):
        if field == _OPSET:
            opset = max(opset, _opset(_message(value)))
        elif field == _FUNCTIONS:
            raise GraphError("the graph defines functions")
        elif field == _GRAPH:
            graphs += 1
            for kind, part in _fields(_message(value)):
                if kind == _NODE:
                    nodes += 1
                    operators.add(_node(_message(part), allowed))
                elif kind == _INITIALIZER:
                    _tensor(_message(part))
                elif kind == _SPARSE:
                    raise GraphError("the graph has sparse weights")
    if graphs != 1 or not nodes:
        raise GraphError("the file holds no graph")
    if not 1 <= opset <= MAX_OPSET:
        raise GraphError(f"opset {opset}: must be 1..{MAX_OPSET}")
    return Facts(opset, nodes, frozenset(operators))


def _opset(message: memoryview) -> int:
    domain, version = "", 0
    for field, value in _fields(message):
        if field == _OPSET_DOMAIN:
            domain = _text(value)
        elif field == _OPSET_VERSION and isinstance(value, int):
            version = value
    if domain not in DOMAINS:
        raise GraphError(f"foreign operator domain {domain[:40]!r}")
    return version if domain in {"", "ai.onnx"} else 0


def _node(message: memoryview, allowed: frozenset[str]) -> str:
    operator = ""
    for field, value in _fields(message):
        if field == _OP_TYPE:
            operator = _text(value)
        elif field == _DOMAIN and _text(value) not in DOMAINS:
            raise GraphError(f"foreign operator domain {_text(value)[:40]!r}")
        elif field == _ATTRIBUTE:
            _attribute(_message(value))
    if operator not in allowed:
        raise GraphError(f"operator {operator[:40]!r} is none of ours")
    return operator


def _attribute(message: memoryview) -> None:
    for field, value in _fields(message):
        if field in {_SUBGRAPH, _SUBGRAPHS}:
            raise GraphError("a node holds a graph of its own")
        if field in {_TENSOR, _TENSORS}:
            _tensor(_message(value))


def _tensor(message: memoryview) -> None:
    for field, value in _fields(message):
        if field == _EXTERNAL or (field == _LOCATION and value != 0):
            raise GraphError("weights lie in another file")


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode("utf-8", "replace")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise GraphError("a number stands where a message should")
    return value


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, varint or bytes); fixed-width fields are skipped."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield field, number
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
        else:
            raise GraphError("broken file")
        if at + size > end:
            raise GraphError("the file is cut off")
        if wire == 2:
            yield field, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise GraphError("the file is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise GraphError("broken file")
