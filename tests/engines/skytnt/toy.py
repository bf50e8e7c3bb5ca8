"""A microscopic midi-model in exactly the published form: names, shapes and the operators of a Llama at opset 14."""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from engines.skytnt.tokens import VERSIONS, Tokens

BREADTH, OPSET = 16, 14
BASE_LAYERS, BASE_HEADS, TOKEN_LAYERS, TOKEN_HEADS = 2, 4, 1, 1


class Net:
    """A graph being built: `net(operator, inputs)` adds a node and returns the name of its output."""

    def __init__(self, seed: int) -> None:
        self.nodes, self.weights, self.dice = [], [], np.random.default_rng(seed)

    def __call__(self, operator: str, *inputs: str, to: str | None = None, **attributes) -> str:
        name = to or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def const(self, value, kind=np.int64) -> str:
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def weight(self, *shape: int, scale: float = 0.3) -> str:
        return self.const(self.dice.standard_normal(shape) * scale, np.float32)

    def size(self, tensor: str, axis: int) -> str:
        return self("Gather", self("Shape", tensor), self.const(axis))

    def norm(self, x: str) -> str:
        mean = self("ReduceMean", self("Pow", x, self.const(2, np.float32)), axes=[-1])
        root = self("Sqrt", self("Add", mean, self.const(1e-6, np.float32)))
        return self("Mul", self("Div", x, root), self.const(np.ones(BREADTH), np.float32))

    def half_turned(self, x: str, width: int) -> str:
        parts = [
            self("Slice", x, *map(self.const, ([low], [high], [3])))
            for low, high in ((0, width // 2), (width // 2, width))
        ]
        return self("Concat", self("Neg", parts[1]), parts[0], axis=3)

    def llama(self, x: str, layers: int, heads: int) -> str:
        """Return the last state [batch, n, BREADTH] of inputs [batch, n, BREADTH] after the cache."""
        width, one = BREADTH // heads, self.const(1)
        past = self.size("past_key_values.0.key", 2)
        total = self("Add", past, self.size(x, 1))
        places = self("Range", past, total, one)
        rates = self.const(1 / 100 ** (np.arange(width // 2) * 2 / width), np.float32)
        column = self("Unsqueeze", places, self.const([1]))
        angles = self("Mul", self.cast(column), rates)
        turn = self("Concat", angles, angles, axis=1)
        cos, sin = self("Cos", turn), self("Sin", turn)
        ahead = self("Greater", self("Range", self.const(0), total, one), column)
        seen = self("Where", ahead, self.const(-1e9, np.float32), self.const(0, np.float32))
        for layer in range(layers):
            h = self.norm(x)
            parts = []
            for _ in range(3):
                flat = self("MatMul", h, self.weight(BREADTH, BREADTH))
                split = self("Reshape", flat, self.const([0, 0, heads, width]))
                parts.append(self("Transpose", split, perm=[0, 2, 1, 3]))
            query, key = (
                self("Add", self("Mul", part, cos), self("Mul", self.half_turned(part, width), sin))
                for part in parts[:2]
            )
            key = self("Concat", f"past_key_values.{layer}.key", key, to=f"present.{layer}.key", axis=2)
            value = self("Concat", f"past_key_values.{layer}.value", parts[2], to=f"present.{layer}.value", axis=2)
            scores = self("MatMul", query, self("Transpose", key, perm=[0, 1, 3, 2]))
            scores = self("Add", self("Mul", scores, self.const(width**-0.5, np.float32)), seen)
            mixed = self("Transpose", self("MatMul", self("Softmax", scores, axis=-1), value), perm=[0, 2, 1, 3])
            out = self("MatMul", self("Reshape", mixed, self.const([0, 0, BREADTH])), self.weight(BREADTH, BREADTH))
            x = self("Add", x, out)
            wide = self("MatMul", self.norm(x), self.weight(BREADTH, 2 * BREADTH))
            wide = self("Mul", wide, self("Sigmoid", wide))
            x = self("Add", x, self("MatMul", wide, self.weight(2 * BREADTH, BREADTH)))
        return self.norm(x)

    def cast(self, tensor: str) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node("Cast", [tensor], [name], to=TensorProto.FLOAT))
        return name

    def model(self, inputs: list, outputs: list):
        graph = helper.make_graph(self.nodes, "toy", inputs, outputs, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def port(name: str, shape: list, kind: int = TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def caches(stem: str, layers: int, heads: int, axis: str) -> list:
    shape = ["batch", heads, axis, BREADTH // heads]
    return [port(f"{stem}.{layer}.{part}", shape) for layer in range(layers) for part in ("key", "value")]


def base_graph(tokens: Tokens, seed: int = 0):
    """Return the base: x [batch, mid_seq, token_seq] -> hidden [batch, mid_seq, BREADTH], and the cache."""
    net = Net(seed)
    embedded = net("Gather", net.weight(tokens.size, BREADTH, scale=1), "x")
    net(
        "Identity",
        net.llama(net("ReduceSum", embedded, net.const([2]), keepdims=0), BASE_LAYERS, BASE_HEADS),
        to="hidden",
    )
    x = port("x", ["batch", "mid_seq", "token_seq"], TensorProto.INT64)
    return net.model(
        [x, *caches("past_key_values", BASE_LAYERS, BASE_HEADS, "past_seq")],
        [port("hidden", ["batch", "mid_seq", BREADTH]), *caches("present", BASE_LAYERS, BASE_HEADS, "present_seq")],
    )


def token_graph(tokens: Tokens, seed: int = 0):
    """Return the token graph: hidden [batch, states, BREADTH], x [batch, token_seq] -> y, and the cache.

    It leans towards short waits and no track, that its bars are not all silent: random weights would mostly wait for
    minutes, and then let always the same voice play.
    """
    net = Net(seed + 1)
    embedded = net("Gather", net.weight(tokens.size, BREADTH, scale=1), "x")
    state = net.llama(net("Concat", "hidden", embedded, axis=1), TOKEN_LAYERS, TOKEN_HEADS)
    lean = np.zeros(tokens.size)
    lean[tokens.first["time1"] + np.arange(3)] = (10, 9, 6)
    head = net.dice.standard_normal((BREADTH, tokens.size)) * 0.3
    head[:, tokens.first["track"] + np.arange(tokens.sizes["track"])] *= 0.2
    net("Add", net("MatMul", state, net.const(head, np.float32)), net.const(lean, np.float32), to="y")
    hidden = port("hidden", ["batch", "states", BREADTH])
    x = port("x", ["batch", "token_seq"], TensorProto.INT64)
    return net.model(
        [hidden, x, *caches("past_key_values", TOKEN_LAYERS, TOKEN_HEADS, "past_seq")],
        [port("y", ["batch", "token_seq1", tokens.size]), *caches("present", TOKEN_LAYERS, TOKEN_HEADS, "present_seq")],
    )


def config_of(tokens: Tokens) -> dict:
    return {
        "architectures": ["MIDIModel"],
        "model_type": "midi_model",
        "n_embd": BREADTH,
        "tokenizer": {
            "version": tokens.version,
            "optimise_midi": True,
            "vocab_size": tokens.size,
            "max_token_seq": 8,
            "pad_id": 0,
            "bos_id": 1,
            "eos_id": 2,
            "events": {kind: list(layout) for kind, layout in tokens.layouts.items()},
            "event_parameters": tokens.sizes,
        },
    }


def make_toy(folder: Path, version: str = "v2", seed: int = 0, graphs: str = "onnx") -> Path:
    """Write a midi-model into a folder as it is published; graphs: the folder in it that holds the graphs."""
    tokens = VERSIONS[version]
    (folder / graphs).mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config_of(tokens)))
    (folder / graphs / "model_base.onnx").write_bytes(base_graph(tokens, seed).SerializeToString())
    (folder / graphs / "model_token.onnx").write_bytes(token_graph(tokens, seed).SerializeToString())
    return folder
