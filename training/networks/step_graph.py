"""The ONNX step graph of a GRU stack, built node by node from plain arrays (no torch).

Fixed names, symbolic batch, opset 17, cells as MatMuls so that INT8 works.
"""

from training.networks.builder import Arrays, Builder, real, whole
from training.networks.spec import Spec


def _cell(build: Builder, layer: int, name: str, state: str, hidden: int) -> str:
    """One GRU cell in torch's convention (reset after the hidden product), after Cho et al. 2014."""
    halves = (2 * hidden, hidden)
    gates_x, new_x = build.split(build.linear(name, f"input.{layer}", f"input_bias.{layer}"), halves)
    gates_h, new_h = build.split(build.linear(state, f"hidden.{layer}", f"hidden_bias.{layer}"), halves)
    gates = build.op("Sigmoid", *build.op("Add", gates_x, gates_h))[0]
    reset, update = build.split(gates, (hidden, hidden))
    new = build.op("Tanh", *build.op("Add", new_x, *build.op("Mul", reset, new_h)))[0]
    kept = build.op("Mul", update, *build.op("Sub", state, new))[0]
    return build.op("Add", new, kept)[0]


def step_graph(arrays: Arrays, spec: Spec) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.gru.arrays` does.

    tokens int64 [batch, K], features [batch, F], state [batch, L*H] -> logits [batch, C], state_out.
    """
    build = Builder(arrays)
    ids = build.columns("tokens", len(spec.vocabularies), axis=1)
    parts = [build.op("Gather", f"embed.{k}", name, axis=0)[0] for k, name in enumerate(ids)]
    signal = build.op("Concat", *parts, "features", axis=-1)[0] if parts else "features"
    after = []
    for layer, state in enumerate(build.split("state", (spec.hidden,) * spec.layers)):
        signal = _cell(build, layer, signal, state, spec.hidden)
        after.append(signal)
    build.linear(signal, "head", "head_bias", to="logits")
    build.op("Concat", *after, to="state_out", axis=-1)
    width = spec.layers * spec.hidden
    return build.serialise(
        (
            whole("tokens", "batch", len(spec.vocabularies)),
            real("features", "batch", spec.features),
            real("state", "batch", width),
        ),
        (real("logits", "batch", sum(spec.heads)), real("state_out", "batch", width)),
    )
