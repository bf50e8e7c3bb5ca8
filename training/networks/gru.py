"""The network of the quick experts: a small GRU stack over grid steps.

Trained with torch's fused GRU; exported cell by cell as MatMuls (training/export.py), because onnxruntime
quantises MatMul but not the GRU op (onnxruntime issue 9796).
"""

from typing import Protocol

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from training.identity import Settings


class Steps(Protocol):
    """A codec (a module of `engines.codec`) that writes step by step."""

    VOCABULARIES: tuple[int, ...]
    FEATURES: int
    HEADS: tuple[int, ...]


class GruSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shape of a step network.

    vocabularies: sizes of the K categorical inputs; embeds: width of each one's embedding. features: width F
    of the condition vector. heads: sizes of the output heads, concatenated in `logits` (C = their sum).
    """

    vocabularies: tuple[int, ...]
    embeds: tuple[int, ...]
    features: int
    heads: tuple[int, ...]
    layers: int = 2
    hidden: int = 192
    dropout: float = 0.2

    @property
    def width(self) -> int:
        """Width of the input of the first layer."""
        return sum(self.embeds) + self.features


class StepGru(nn.Module):
    """Embeds K tokens, appends F features, runs L GRU layers of H units, projects to the heads."""

    def __init__(self, spec: GruSpec) -> None:
        """Make the layers; weights come from torch's current seed."""
        super().__init__()
        self.spec = spec
        self.embeds = nn.ModuleList(nn.Embedding(v, e) for v, e in zip(spec.vocabularies, spec.embeds, strict=True))
        between = spec.dropout if spec.layers > 1 else 0.0
        self.gru = nn.GRU(spec.width, spec.hidden, spec.layers, batch_first=True, dropout=between)
        self.drop = nn.Dropout(spec.dropout)
        self.head = nn.Linear(spec.hidden, sum(spec.heads))

    def forward(self, tokens: Tensor, features: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits [B, T, C] and state [L, B, H] for tokens int64 [B, T, K] and features [B, T, F]."""
        parts = [self.drop(embed(tokens[..., k])) for k, embed in enumerate(self.embeds)]
        out, state = self.gru(torch.cat([*parts, features], dim=-1), state)
        return self.head(self.drop(out)), state

    def parameter_count(self) -> int:
        """Return the real number of parameters."""
        return sum(p.numel() for p in self.parameters())


def network(codec: Steps, embeds: tuple[int, ...], chosen: Settings) -> StepGru:
    """Return a fresh network of a profile for a codec; embeds: widths of its tokens' embeddings."""
    return StepGru(
        GruSpec(codec.VOCABULARIES, embeds, codec.FEATURES, codec.HEADS, chosen.layers, chosen.hidden, chosen.dropout)
    )


def arrays(model: StepGru) -> dict[str, np.ndarray]:
    """Return the weights as float32 arrays in the layout of `training.networks.step_graph`."""
    gru = model.gru

    def array(value: Tensor) -> np.ndarray:
        return np.ascontiguousarray(value.detach().float().cpu().numpy())

    found = {f"embed.{k}": array(embed.weight) for k, embed in enumerate(model.embeds)}
    for layer in range(model.spec.layers):
        found[f"input.{layer}"] = array(getattr(gru, f"weight_ih_l{layer}").T)
        found[f"input_bias.{layer}"] = array(getattr(gru, f"bias_ih_l{layer}"))
        found[f"hidden.{layer}"] = array(getattr(gru, f"weight_hh_l{layer}").T)
        found[f"hidden_bias.{layer}"] = array(getattr(gru, f"bias_hh_l{layer}"))
    return found | {"head": array(model.head.weight.T), "head_bias": array(model.head.bias)}


def random_arrays(spec: GruSpec, seed: int = 0, scale: float = 0.1) -> dict[str, np.ndarray]:
    """Return random weights in the same layout without training anything (toy experts of the tests)."""
    dice = np.random.default_rng(seed)
    h3 = 3 * spec.hidden
    shapes = {f"embed.{k}": (v, e) for k, (v, e) in enumerate(zip(spec.vocabularies, spec.embeds, strict=True))}
    for layer in range(spec.layers):
        width = spec.hidden if layer else spec.width
        shapes |= {f"input.{layer}": (width, h3), f"input_bias.{layer}": (h3,)}
        shapes |= {f"hidden.{layer}": (spec.hidden, h3), f"hidden_bias.{layer}": (h3,)}
    shapes |= {"head": (spec.hidden, sum(spec.heads)), "head_bias": (sum(spec.heads),)}
    return {name: (dice.standard_normal(shape) * scale).astype(np.float32) for name, shape in shapes.items()}
