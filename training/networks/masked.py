"""A bidirectional transformer over the steps of one bar, several cells a step: what it sees, it completes.

Pre-LN (Xiong et al. 2020), a learned bias per head and distance instead of positions (Raffel et al. 2020). Trained
without an order (orderless NADE, Uria et al. 2014; Coconet, Huang et al. 2017): any cells may be the unknown ones.
"""

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class MaskedSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shape of a masked network.

    vocabularies: sizes of the K categorical inputs of a step. features: width F of a step's conditions. heads: sizes
    of the output heads, concatenated in `logits`. layers, hidden (d), attention (heads of d / attention units each).
    """

    vocabularies: tuple[int, ...]
    features: int
    heads: tuple[int, ...]
    steps: int = 16
    layers: int = 4
    hidden: int = 128
    attention: int = 4
    dropout: float = 0.1


class Block(nn.Module):
    """Attention to every step and a feed-forward, each on a normalised copy of the stream."""

    def __init__(self, spec: MaskedSpec) -> None:
        """Make one layer; residual outputs start small (GPT-2)."""
        super().__init__()
        d, self.attention = spec.hidden, spec.attention
        self.before, self.between = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.wide, self.narrow = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.near = nn.Parameter(torch.zeros(spec.attention, 2 * spec.steps - 1))
        self.drop = nn.Dropout(spec.dropout)
        for part in (self.out, self.narrow):
            nn.init.normal_(part.weight, std=0.02 / (2 * spec.layers) ** 0.5)

    def forward(self, x: Tensor, distances: Tensor) -> Tensor:
        """Return the stream [B, T, d] after this layer; distances int64 [T, T] = key - query + T - 1."""
        batch, steps, d = x.shape
        query, key, value = self.qkv(self.before(x)).view(batch, steps, 3, self.attention, -1).permute(2, 0, 3, 1, 4)
        near = self.near[:, distances].to(query.dtype)
        heard = functional.scaled_dot_product_attention(query, key, value, attn_mask=near)
        x = x + self.drop(self.out(heard.transpose(1, 2).reshape(batch, steps, d)))
        return x + self.drop(self.narrow(functional.silu(self.wide(self.between(x)))))


class MaskedBar(nn.Module):
    """Adds K embeddings and the conditions, runs L blocks over the bar, projects to the heads."""

    def __init__(self, spec: MaskedSpec) -> None:
        """Make the layers; weights come from torch's current seed."""
        super().__init__()
        self.spec = spec
        self.embeds = nn.ModuleList(nn.Embedding(size, spec.hidden) for size in spec.vocabularies)
        self.told = nn.Linear(spec.features, spec.hidden)
        for embed in self.embeds:
            nn.init.normal_(embed.weight, std=0.2)
        self.blocks = nn.ModuleList(Block(spec) for _ in range(spec.layers))
        self.last, self.drop = nn.LayerNorm(spec.hidden), nn.Dropout(spec.dropout)
        self.head = nn.Linear(spec.hidden, sum(spec.heads))

    def forward(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, None]:
        """Return logits [B, T, C] for tokens int64 [B, T, K] and features [B, T, F], T steps of one bar."""
        x = self.told(features)
        for k, embed in enumerate(self.embeds):
            x = x + embed(tokens[..., k])
        x, distances = self.drop(x), apart(self.spec.steps, x.device)
        for block in self.blocks:
            x = block(x, distances)
        return self.head(self.last(x)), None

    def parameter_count(self) -> int:
        """Return the real number of parameters."""
        return sum(p.numel() for p in self.parameters())


def apart(steps: int, device: torch.device | None = None) -> Tensor:
    """Return key - query + steps - 1 for every pair, int64 [T, T]."""
    places = torch.arange(steps, device=device)
    return places[None, :] - places[:, None] + steps - 1


def arrays(model: MaskedBar) -> dict[str, np.ndarray]:
    """Return the weights as float32 arrays in the layout of `training.networks.masked_graph`: linears as [in, out]."""
    found = {}
    for name, value in model.state_dict().items():
        plain = value.detach().float().cpu().numpy()
        if name.endswith(".near"):
            plain = plain[:, apart(model.spec.steps).numpy()]
        elif plain.ndim == 2 and not name.startswith("embeds."):
            plain = plain.T
        found[name] = np.ascontiguousarray(plain)
    return found
