"""The numbers of a network that shape its graph."""

from typing import Protocol


class Spec(Protocol):
    """What every network has; `training.networks.gru.GruSpec` is one."""

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """Sizes of the K categorical inputs."""

    @property
    def features(self) -> int:
        """Width F of a step's own conditions."""

    @property
    def heads(self) -> tuple[int, ...]:
        """Sizes of the output heads."""

    @property
    def layers(self) -> int:
        """Number of layers."""

    @property
    def hidden(self) -> int:
        """Units per layer, or width of the stream."""


class AttentionSpec(Spec, Protocol):
    """A network of `block_graph`'s blocks."""

    @property
    def attention(self) -> int:
        """Heads of attention."""
