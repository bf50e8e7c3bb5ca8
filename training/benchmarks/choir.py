"""A network over frames of several parts: a GRU from frame to frame, inside a frame part after part.

What TonicNet (Peracha 2019) does with five steps a frame, done with one: the GRU sees whole frames, a small
feed-forward net a part sees the parts decided before it (as RNN-NADE, Boulanger-Lewandowski 2012).
"""

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

HELD = 18  # classes of how long a part has not moved
COPIES = 2  # the part's last value; what it had where the longest match went on


class ChoirSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shape of the network.

    parts: vocabulary of each part, P of them. places: positions in the bar. embed: width of a value's embedding.
    tokens [B, T, 4 P + 2]: the frame before, how long each part has held, where the longest match went on, the
    frame itself (part p is seen by later parts only), the place, the match's class; `unknown` hides a value.
    """

    parts: tuple[int, ...]
    places: int
    matches: int
    embed: int = 24
    layers: int = 2
    hidden: int = 224
    inner: int = 160
    dropout: float = 0.3


class Choir(nn.Module):
    """logits [B, T, sum(parts) + P * COPIES]: each part's values, then how much each copy is trusted."""

    def __init__(self, spec: ChoirSpec) -> None:
        """Make the layers; weights come from torch's current seed."""
        super().__init__()
        self.spec = spec
        width, count = spec.embed, len(spec.parts)
        self.values = nn.ModuleList(nn.Embedding(size + 1, width) for size in spec.parts)
        self.helds = nn.ModuleList(nn.Embedding(HELD, 8) for _ in spec.parts)
        self.place, self.match = nn.Embedding(spec.places, 8), nn.Embedding(spec.matches, 8)
        between = spec.dropout if spec.layers > 1 else 0.0
        wide = count * (2 * width + 8) + 16
        self.gru = nn.GRU(wide, spec.hidden, spec.layers, batch_first=True, dropout=between)
        self.drop = nn.Dropout(spec.dropout)
        self.inner = nn.Linear(spec.hidden + wide, count * spec.inner)
        self.told = nn.ModuleList(nn.Linear((part + 1) * (width + 1), spec.inner) for part in range(count - 1))
        self.heads = nn.ModuleList(nn.Linear(spec.inner, size + COPIES) for size in spec.parts)

    def forward(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and the GRU's state; features are not used."""
        del features
        count = len(self.spec.parts)
        before, held, match, now = (tokens[..., k * count : (k + 1) * count] for k in range(4))
        seen = [self.drop(embed(before[..., p])) for p, embed in enumerate(self.values)]
        seen += [embed(match[..., p]) for p, embed in enumerate(self.values)]
        seen += [embed(held[..., p]) for p, embed in enumerate(self.helds)]
        seen += [self.place(tokens[..., -2]), self.match(tokens[..., -1])]
        frame = torch.cat(seen, -1)
        out, state = self.gru(frame)
        inner = self.inner(torch.cat([self.drop(out), frame], -1)).chunk(count, -1)
        stayed = (now == before).float()
        told = [torch.cat([embed(now[..., p]), stayed[..., p, None]], -1) for p, embed in enumerate(self.values)]
        found = []
        for part, head in enumerate(self.heads):
            hidden = inner[part] + (self.told[part - 1](torch.cat(told[:part], -1)) if part else 0)
            found.append(head(self.drop(functional.gelu(hidden))))
        values = [each[..., :size] for each, size in zip(found, self.spec.parts, strict=True)]
        return torch.cat([*values, *(each[..., -COPIES:] for each in found)], -1), state

    def parameter_count(self) -> int:
        """Return the real number of parameters."""
        return sum(p.numel() for p in self.parameters())


def chances(logits: Tensor, tokens: Tensor, parts: tuple[int, ...]) -> list[Tensor]:
    """Return log P [B, T, size] of each part: its copies lift their values by what the network says."""
    count, at, found = len(parts), 0, []
    for part, size in enumerate(parts):
        values, gates = logits[..., at : at + size], logits[..., sum(parts) + part * COPIES :]
        for copy, column in enumerate((part, 2 * count + part)):
            lifted = functional.one_hot(tokens[..., column], size + 1)[..., :size]
            values = values + gates[..., copy, None] * lifted
        found.append(values.log_softmax(-1))
        at += size
    return found
