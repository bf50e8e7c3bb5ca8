"""The recipe of the drums expert: pieces -> windows -> GRU -> step graph and card."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.card import Card
from engines.codec import drums as codec
from engines.codec.drums import COUNT, PAIRS, Conditions
from engines.library import Library
from engines.neural.session import StepSession
from engines.units import STEPS_PER_BAR
from training import report_drums
from training.data_drums import SOURCES, Piece, pieces
from training.export import (
    Teacher,
    check_parity,
    choose_graph,
    golden,
    ports,
    revision,
    run_steps,
    sources,
    today,
    write_version,
)
from training.graph import step_graph
from training.gru import GruSpec, StepGru, arrays
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, newest_run, settings
from training.publish import LICENCE, TO_COME, data_hash, latencies, proof_metrics, write_metrics
from training.run import Batch, Run, Settings, Trainer, load_best

NAME = "drums-gru"

EMBEDS = (8, 4, 4, 4, 3)
HITS, VELOCITIES, OFFSETS = slice(0, 9), slice(9, 18), slice(18, 27)
LOWER = torch.tensor([i for i, _ in PAIRS]), torch.tensor([j for _, j in PAIRS])


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A piece as the network sees it.

    tokens [T, K], features [T, F], targets [T, 29]: hits, velocities, offsets of nine classes, two masks.
    """

    piece: Piece
    tokens: np.ndarray
    features: np.ndarray
    targets: np.ndarray


def sequence(piece: Piece) -> Sequence:
    """Encode a piece, every condition told."""
    tokens, features, targets = [], [], []
    for number, bar in enumerate(piece.bars):
        told = codec.realised(bar, conditions(piece, number))
        past = piece.bars[max(0, number - 4) : number]
        tokens.append(codec.tokens_of(told))
        features.append(codec.heard_features(told, bar, past))
        masks = np.tile(np.array([piece.dynamic, piece.timed], np.float32), (STEPS_PER_BAR, 1))
        targets.append(np.concatenate([bar.hits, bar.velocities, bar.offsets, masks], axis=1))
    return Sequence(piece, *(np.concatenate(part).astype(kind) for part, kind in _typed(tokens, features, targets)))


def _typed(tokens: list, features: list, targets: list) -> Iterator[tuple[list, type]]:
    yield tokens, np.int64
    yield features, np.float32
    yield targets, np.float32


def conditions(piece: Piece, number: int) -> Conditions:
    """Return what is told about a bar besides what it realises; patterns have no phrase."""
    return Conditions(
        style=piece.style,
        fill=piece.fill,
        phrase_bar=None if piece.source == "drum_patterns" or piece.fill == "yes" else number,
    )


class DrumWindows:
    """Windows of `bars` bars at every second bar; four-on-the-floor pieces come `four` times."""

    def __init__(
        self, sequences: list[Sequence], bars: int, four: int = 1, drop: float = 0.0, blind: float = 0.0
    ) -> None:
        """List the windows. drop: share hidden per condition; blind: of windows that tell nothing of the bar itself."""
        self.sequences, self.steps, self.drop, self.blind = sequences, bars * STEPS_PER_BAR, drop, blind
        self.places = [
            (number, start * STEPS_PER_BAR)
            for number, found in enumerate(sequences)
            for start in range(0, max(1, len(found.piece.bars) - bars + 1), 2)
            for _ in range(four if found.piece.style == "four" else 1)
        ]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.places)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return the chosen windows, zero-padded; without dice nothing that the bar itself realises is told."""
        shape = (len(chosen), self.steps)
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 3 * COUNT + 2), np.float32)
        for row, place in enumerate(chosen):
            number, start = self.places[place]
            found = self.sequences[number]
            part = slice(start, start + self.steps)
            size = len(found.tokens[part])
            tokens[row, :size], features[row, :size] = found.tokens[part], found.features[part]
            targets[row, :size], weight[row, :size] = found.targets[part], 1
        drop_conditions(tokens, features, dice, self.drop, self.blind)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))


def drop_conditions(
    tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator | None, drop: float, blind: float
) -> None:
    """Hide each condition in `drop` of the windows, and what a bar itself realises in `blind` (all without dice).

    Kick, density and intensity are measured on the very bar: told, they would flatter the report.
    """
    count = len(tokens)

    def some() -> np.ndarray:
        return dice.random(count) < drop if dice is not None else np.zeros(count, bool)

    blinded = dice.random(count) < blind if dice is not None else np.ones(count, bool)
    for column, unknown, seen in ((1, codec.PHRASE_BARS, False), (2, 0, False), (3, 0, True), (4, 0, False)):
        tokens[some() | (blinded & seen), :, column] = unknown
    for column in (81, 83):
        features[some() | blinded, :, column : column + 2] = 0


def hit_logits(logits: Tensor, hits: Tensor) -> Tensor:
    """Return the logit of each class given the true hits of the classes before it on the same step, [..., 9].

    Kick, snare, .. are decided one after the other: logit_i = base_i + sum over j < i of coupling_ij * hit_j.
    """
    coupled = logits[..., COUNT : COUNT + len(PAIRS)] * hits[..., LOWER[1]]
    return logits[..., :COUNT].index_add(-1, LOWER[0], coupled)


class DrumLoss:
    """Nats per step of the joint hits, plus weighted absolute errors of velocity and offset where there is a hit."""

    def __init__(self, velocity: float, offset: float) -> None:
        """Take the weights of the two regressions."""
        self.velocity, self.offset = velocity, offset

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts."""
        hits = batch.targets[..., HITS]
        each = functional.binary_cross_entropy_with_logits(hit_logits(logits, hits), hits, reduction="none")
        nll = (each.sum(-1) * batch.weight).sum() / batch.weight.sum()
        velocity = _error(torch.sigmoid(logits[..., -2 * COUNT : -COUNT]), batch, VELOCITIES, 27)
        offset = _error(torch.tanh(logits[..., -COUNT:]), batch, OFFSETS, 28)
        total = nll + self.velocity * velocity + self.offset * offset
        return total, {"nll": nll.item(), "velocity": velocity.item(), "offset": offset.item()}


def _error(guess: Tensor, batch: Batch, part: slice, mask: int) -> Tensor:
    struck = batch.targets[..., HITS] * batch.targets[..., mask : mask + 1] * batch.weight[..., None]
    return ((guess - batch.targets[..., part]).abs() * struck).sum() / struck.sum().clamp(min=1)


def network(chosen: Settings) -> StepGru:
    """Return a fresh network of a profile."""
    return StepGru(
        GruSpec(codec.VOCABULARIES, EMBEDS, codec.FEATURES, codec.HEADS, chosen.layers, chosen.hidden, chosen.dropout)
    )


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("drums", options)
    sides: dict[str, list[Sequence]] = {"train": [], "valid": []}
    for piece in pieces(options.data):
        if piece.split in sides:
            sides[piece.split].append(sequence(piece))
    extra = chosen.extra
    windows = DrumWindows(sides["train"], chosen.window_bars, int(extra["four"]), extra["drop"], extra["blind"])
    valid = DrumWindows(sides["valid"], chosen.window_bars)
    run = Run("drums", options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    trainer = Trainer(network(chosen), DrumLoss(extra["velocity"], extra["offset"]), run, options.runs)
    if options.resume:
        trainer.resume()
    return trainer.fit(windows, valid)


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `drums-gru`: the smallest faithful graph, golden vectors, card."""
    run_folder = options.run or newest_run(options.runs, "drums")
    run = msgspec.json.decode((run_folder / "run.json").read_bytes(), type=Run)
    model, held = load_best(run_folder), tested(pieces(options.data))
    teacher, _ = teacher_of(held)
    weights = arrays(model)
    with torch.no_grad():
        wanted = model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()
    check_parity(step_graph(weights, model.spec), wanted, teacher)
    graph, precision, proof = choose_graph(weights, model.spec, teacher, binary=True)
    inputs, outputs = ports(model.spec)
    folder = options.models / NAME / options.version
    card = Card(
        name=NAME, version=options.version, kind="drums", voices=("drums",), codec=codec.FINGERPRINT,
        model=TO_COME, golden=TO_COME, inputs=inputs, outputs=outputs, heads=model.spec.heads, meters=((4, 4),),
        grid=STEPS_PER_BAR, parameters=model.parameter_count(), precision=precision,
        sources=sources(options.data, SOURCES), data_sha256=run.data_sha256, tiers="A, A-", licence=LICENCE,
        revision=run.revision, profile=run.profile, date=today(), decoding=expert_config("drums").decoding,
        metrics=proof_metrics(proof), latency_us=latencies(graph),
    )  # fmt: skip
    write_version(folder, card, graph, golden(graph, teacher))
    return folder


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    every = pieces(options.data)
    held = tested(every)
    library = Library(options.models)
    card = library.card(NAME, options.version)
    folder = options.models / NAME / card.version
    graph = (folder / card.model.name).read_bytes()
    teacher, batch = teacher_of(held)
    logits = run_steps(StepSession(graph), teacher)
    found = report_drums.figures(logits, batch.targets.numpy(), batch.weight.numpy())
    learned = [piece for piece in every if piece.split == "train"]
    found |= report_drums.baselines(learned, held) | {"held_out_bars": float(sum(len(p.bars) for p in held))}
    if options.write:
        write_metrics(folder, card, found)
    return found


def tested(every: list[Piece]) -> list[Piece]:
    """Return the held-out pieces: the validation split of the Groove MIDI Dataset."""
    return [piece for piece in every if piece.split == "test"]


def teacher_of(held: list[Piece], bars: int = 8) -> tuple[Teacher, Batch]:
    """Return every bar of the held-out pieces once, in windows of `bars`, all conditions told."""
    cut = [
        msgspec.structs.replace(piece, bars=piece.bars[start : start + bars])
        for piece in held
        for start in range(0, len(piece.bars), bars)
    ]
    windows = DrumWindows([sequence(piece) for piece in cut], bars)
    batch = windows.batch(np.arange(len(windows)), None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy()), batch
