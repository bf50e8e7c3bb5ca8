"""The card that travels with an expert's ONNX file: what it is, can do, learned from, and is worth."""

from typing import Literal

import msgspec

MAX_MODEL_BYTES = 64 * 1024 * 1024
MAX_CARD_BYTES = 256 * 1024
MAX_GOLDEN_BYTES = 4 * 1024 * 1024


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file beside the card: bare name, sha256 in hex, size in bytes."""

    name: str
    sha256: str
    size: int


class Port(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input or output of the graph: name, element type (`int64`, `float32`), shape (`batch` is symbolic)."""

    name: str
    type: str
    shape: tuple[str | int, ...]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data folder that the expert learned from: tier A..B, licence in words, sha256 over its files used."""

    folder: str
    tier: str
    licence: str
    sha256: str


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the library checks before it hands an expert out.

    kind: which engine plays it. voices: what it writes (empty for harmony and form). codec: fingerprint of its grid.
    precision: `int8` where parity held (KL to fp32 at most .02 nats a step), else `fp32`. heads: sizes of the
    heads concatenated in `logits`. decoding: the numbers of its sampling. metrics: the report card.
    latency_us: measured microseconds per step by batch size.
    """

    name: str
    version: str
    kind: Literal["lead", "drums", "harmony", "accompaniment", "ngram", "form", "critic", "touch"]
    voices: tuple[str, ...]
    codec: str
    model: File
    golden: File
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    heads: tuple[int, ...]
    meters: tuple[tuple[int, int], ...]
    grid: int
    parameters: int
    precision: Literal["int8", "fp32"]
    sources: tuple[Source, ...]
    data_sha256: str
    tiers: str
    licence: str
    revision: str
    profile: str
    date: str
    decoding: dict[str, float]
    metrics: dict[str, float | str | list[float]]
    latency_us: dict[str, float]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Teacher-forced inputs and the logits that the shipped graph gave at export.

    tokens: [T][K]; features: [T][F]; logits: [T][C]; T steps (or cells) at batch 1 from nothing heard. tolerance: the
    greatest absolute difference of a logit that still counts as the same (other CPUs round INT8 otherwise).
    """

    tokens: list[list[int]]
    features: list[list[float]]
    logits: list[list[float]]
    tolerance: float
