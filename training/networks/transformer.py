"""A decoder-only transformer over grid steps: pre-LN, RoPE on the heads' queries and keys, conditions beside.

Exported step by step with a cache of keys and values (training/networks/cache_graph.py). Vaswani et al. 2017;
pre-LN after Xiong et al. 2020; RoPE after Su et al. 2021, halves rotated.
"""

from typing import Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 10_000.0  # of the rotary wavelengths, as published


class TransformerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shape of a transformer.

    vocabularies: sizes of the K categorical inputs. features: width F of the condition vector of a step.
    heads: sizes of the output heads, concatenated in `logits`. layers, hidden (d), attention (heads of d / attention
    units each). conditions: `stream` adds each step's own conditions; `encoder` adds an encoding of the whole
    bar's as well. group, every: a bar's steps, and how many of them share conditions (a beat).
    """

    vocabularies: tuple[int, ...]
    features: int
    heads: tuple[int, ...]
    layers: int = 4
    hidden: int = 128
    attention: int = 4
    dropout: float = 0.1
    conditions: Literal["stream", "encoder"] = "stream"
    group: int = 16
    every: int = 4

    @property
    def told(self) -> int:
        """Width of the conditions that one step is told: its own, and with an encoder those of the bar's beats."""
        return self.features * (1 + (self.group // self.every if self.conditions == "encoder" else 0))


def turns(positions: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return cosines and signed sines [T, width] of positions [T]: x * cos + swapped halves of x * sin."""
    speeds = BASE ** (-torch.arange(0, width, 2, device=positions.device).float() / width)
    angles = positions.float()[:, None] * speeds
    return torch.cat([angles.cos()] * 2, -1), torch.cat([-angles.sin(), angles.sin()], -1)


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotate heads [.., T, width] by their positions."""
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat([second, first], dim=-1) * sines


class Block(nn.Module):
    """Attention and a feed-forward, each on a normalised copy of the stream."""

    def __init__(self, spec: TransformerSpec) -> None:
        """Make one layer; residual outputs start small (GPT-2)."""
        super().__init__()
        d, self.attention = spec.hidden, spec.attention
        self.before, self.between = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.wide, self.narrow = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.drop = nn.Dropout(spec.dropout)
        for part in (self.out, self.narrow):
            nn.init.normal_(part.weight, std=0.02 / (2 * spec.layers) ** 0.5)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Return the stream [B, T, d] after this layer."""
        batch, steps, d = x.shape
        parts = self.qkv(self.before(x)).view(batch, steps, 3, self.attention, -1).permute(2, 0, 3, 1, 4)
        query, key = rotate(parts[:2], cosines, sines).to(parts.dtype)
        heard = functional.scaled_dot_product_attention(query, key, parts[2], is_causal=True)
        x = x + self.drop(self.out(heard.transpose(1, 2).reshape(batch, steps, d)))
        return x + self.drop(self.narrow(functional.silu(self.wide(self.between(x)))))


class StepTransformer(nn.Module):
    """Adds K embeddings and the conditions, runs L blocks, projects to the heads."""

    def __init__(self, spec: TransformerSpec) -> None:
        """Make the layers; weights come from torch's current seed."""
        super().__init__()
        self.spec, d = spec, spec.hidden
        self.embeds = nn.ModuleList(nn.Embedding(size, d) for size in spec.vocabularies)
        self.told = nn.Linear(spec.features, d)
        self.encoder = nn.ModuleList()
        if spec.conditions == "encoder":
            self.encoder.extend([nn.Linear(spec.told - spec.features, 2 * d), nn.Linear(2 * d, d)])
        for embed in self.embeds:
            nn.init.normal_(embed.weight, std=0.3)
        self.blocks = nn.ModuleList(Block(spec) for _ in range(spec.layers))
        self.last, self.drop = nn.LayerNorm(d), nn.Dropout(spec.dropout)
        self.head = nn.Linear(d, sum(spec.heads))

    def forward(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, None]:
        """Return logits [B, T, C] for tokens int64 [B, T, K] and features [B, T, F]; with an encoder whole bars."""
        x = torch.stack([embed(tokens[..., k]) for k, embed in enumerate(self.embeds)]).sum(0) + self.told(features)
        if self.encoder:
            bars = features.unflatten(1, (-1, self.spec.group))[:, :, :: self.spec.every].flatten(2)
            inner, outer = self.encoder
            x = x + outer(functional.silu(inner(bars))).repeat_interleave(self.spec.group, dim=1)
        x = self.drop(x)
        width = self.spec.hidden // self.spec.attention
        cosines, sines = turns(torch.arange(x.shape[1], device=x.device), width)
        for block in self.blocks:
            x = block(x, cosines, sines)
        return self.head(self.last(x)), None

    def parameter_count(self) -> int:
        """Return the real number of parameters."""
        return sum(p.numel() for p in self.parameters())


def arrays(model: StepTransformer) -> dict[str, np.ndarray]:
    """Return the weights as float32 arrays in the layout of `training.networks.cache_graph`: linears as [in, out]."""
    found = {}
    for name, value in model.state_dict().items():
        plain = value.detach().float().cpu().numpy()
        linear = plain.ndim == 2 and not name.startswith("embeds.")
        found[name] = np.ascontiguousarray(plain.T if linear else plain)
    return found
