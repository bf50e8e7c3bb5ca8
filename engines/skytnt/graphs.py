"""The two graphs of a midi-model, looked at before they run: operators, names, types, shapes.

After `export.py` of github.com/SkyTNT/midi-model: the base reads rows of events (`x` -> `hidden`), the token graph
writes one row (`hidden`, `x` -> `y`), each with keys and values `past_key_values.N.key|value` -> `present.N.key|value`.
"""

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec
import onnxruntime as ort

from engines.neural.graphfile import OPERATORS, GraphError, inspect
from engines.neural.session import plain_options
from engines.shelf import LibraryError, names_in, read_file
from engines.skytnt.tokens import ROW

BASE: Final = "model_base.onnx"
TOKEN: Final = "model_token.onnx"  # noqa: S105 - of music
PLACES: Final = ("", "onnx")  # beside config.json, or as the publisher lays them out
MAX_GRAPH_BYTES: Final = 2**31 - 1  # protobuf's own bound; the published pair has 822 and 117 MB
MAX_LAYERS: Final = 128
MAX_WIDTH: Final = 2**16  # numbers per event in a layer's keys (published: 1024)
# What torch's export of a Llama consists of beyond our own graphs (published: opset 14): rotary positions, RMS norm,
# the causal mask and shapes. None of them can loop, call or read a file.
LLAMA: Final = OPERATORS | frozenset({
    "And", "ConstantOfShape", "Cos", "Equal", "Expand", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Neg",
    "Not", "Or", "Pow", "Range", "Reciprocal", "ReduceMean", "ReduceSum", "ScatterND", "Shape", "Sin", "Slice", "Sqrt",
    "Tile", "Trilu", "Where",
})  # fmt: skip
Shape = list[int | str | None]


class Sizes(msgspec.Struct, frozen=True):
    """Of one graph: layers, heads and width of its cache; breadth of `hidden`; classes of `y` where it has one."""

    layers: int
    heads: int
    width: int
    breadth: int
    classes: int = 0


def open_graph(folder: Path, name: str, threads: int) -> tuple[ort.InferenceSession, str]:
    """Return a session of a graph and its sha256; it lies in the folder or in `onnx/` there; raises LibraryError."""
    place = next((folder / sub for sub in PLACES if name in names_in(folder / sub, files=True)), None)
    if place is None:
        raise LibraryError(f"no file {name!r} (nor {PLACES[1]}/{name})")
    model = read_file(place, name, MAX_GRAPH_BYTES)
    options = plain_options()
    options.intra_op_num_threads = threads
    try:
        inspect(model, LLAMA)
        runner = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except GraphError as error:
        raise LibraryError(f"{name}: {error}") from error
    except Exception as error:  # onnxruntime raises a dozen kinds of its own
        raise LibraryError(f"{name}: {type(error).__name__}: {one_line(error)}") from error
    return runner, hashlib.sha256(model).hexdigest()


def one_line(error: Exception) -> str:
    """Return what an error says in one line of at most 200 characters."""
    return " ".join(str(error).split())[:200]


def check_base(runner: Any) -> Sizes:
    """Return the sizes of a base graph; raises LibraryError unless it is one."""
    inputs, outputs = _ports(runner.get_inputs()), _ports(runner.get_outputs())
    layers, heads, width = _cache(BASE, inputs, outputs, ("x",), ("hidden",))
    x = _shape(BASE, inputs, "x", "tensor(int64)", 3)
    if isinstance(x[2], int) and x[2] != ROW:
        raise LibraryError(f"{BASE}: x takes rows of {x[2]} tokens, not {ROW}")
    breadth = _fixed(BASE, "hidden", _shape(BASE, outputs, "hidden", "tensor(float)", 3), 2)
    return Sizes(layers, heads, width, breadth)


def check_token(runner: Any, base: Sizes, classes: int) -> Sizes:
    """Return the sizes of the token graph that belongs to a base; raises LibraryError unless it is one."""
    inputs, outputs = _ports(runner.get_inputs()), _ports(runner.get_outputs())
    layers, heads, width = _cache(TOKEN, inputs, outputs, ("hidden", "x"), ("y",))
    _shape(TOKEN, inputs, "x", "tensor(int64)", 2)
    breadth = _fixed(TOKEN, "hidden", _shape(TOKEN, inputs, "hidden", "tensor(float)", 3), 2)
    if breadth != base.breadth:
        raise LibraryError(f"{TOKEN}: hidden is {breadth} wide, that of {BASE} {base.breadth}")
    found = _fixed(TOKEN, "y", _shape(TOKEN, outputs, "y", "tensor(float)", 3), 2)
    if found != classes:
        raise LibraryError(f"{TOKEN}: y has {found} tokens, the tokenizer {classes}")
    return Sizes(layers, heads, width, breadth, found)


def cache_names(layers: int, stem: str) -> tuple[str, ...]:
    """Return the names of keys and values, layer after layer; stem: `past_key_values` or `present`."""
    return tuple(f"{stem}.{layer}.{part}" for layer in range(layers) for part in ("key", "value"))


def _cache(
    name: str, inputs: dict[str, Any], outputs: dict[str, Any], taken: tuple[str, ...], given: tuple[str, ...]
) -> tuple[int, int, int]:
    """Return layers, heads and width of a graph's cache; its ports must be these and no others."""
    layers = (len(inputs) - len(taken)) // 2
    if not 1 <= layers <= MAX_LAYERS:
        raise LibraryError(f"{name}: {len(inputs)} inputs: {', '.join(taken)} and keys and values are wanted")
    for ports, wanted in (
        (inputs, {*taken, *cache_names(layers, "past_key_values")}),
        (outputs, {*given, *cache_names(layers, "present")}),
    ):
        wrong = sorted(wanted - set(ports)) or sorted(set(ports) - wanted)
        if wrong:
            raise LibraryError(f"{name}: {'no' if wrong[0] in wanted else 'foreign'} port {wrong[0][:60]!r}")
    shapes = {
        (_fixed(name, port, shape, 1), _fixed(name, port, shape, 3))
        for ports, stem in ((inputs, "past_key_values"), (outputs, "present"))
        for port in cache_names(layers, stem)
        for shape in [_shape(name, ports, port, "tensor(float)", 4)]
    }
    if len(shapes) != 1:
        raise LibraryError(f"{name}: keys and values of different shapes")
    ((heads, width),) = shapes
    if heads * width > MAX_WIDTH:
        raise LibraryError(f"{name}: keys of {heads} heads times {width}: at most {MAX_WIDTH} numbers allowed")
    return layers, heads, width


def _ports(found: Any) -> dict[str, Any]:
    return {port.name: port for port in found}


def _shape(name: str, ports: dict[str, Any], port: str, kind: str, rank: int) -> Shape:
    found = ports[port]
    if found.type != kind or len(found.shape) != rank:
        raise LibraryError(f"{name}: {port} is {found.type} of {len(found.shape)} axes, not {kind} of {rank}")
    return list(found.shape)


def _fixed(name: str, port: str, shape: Shape, axis: int) -> int:
    size = shape[axis]
    if not isinstance(size, int) or size < 1:
        raise LibraryError(f"{name}: axis {axis} of {port} must be a fixed size, not {str(size)[:40]}")
    return size
