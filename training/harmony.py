"""The recipe of the harmony expert: chord changes -> GRU with a pointer into its own past -> graph and card."""

import random
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.card import Card
from engines.codec import harmony as codec
from engines.codec.harmony import CHORDS, POINTER, QUALITIES, TRIAD, Change, Wish
from engines.library import Library
from engines.neural.session import StepSession
from engines.units import STEPS_PER_BAR
from training import report_harmony
from training.data_harmony import SOURCES, Song, held_out, songs
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

NAME = "harmony-gru"

EMBEDS = (16, 8, 6, 4, 4, 3, 4, 4, *(12, 6) * len(codec.LAGS))
WATCHED = 40  # training songs of POP909 that watch the training (never in the report)
TENSION_BEATS = 16
DIATONIC = {(0, 0), (2, 1), (4, 1), (5, 0), (7, 0), (9, 1)}  # (root, triad class): the six common triads of a key
NO_CHANCE = -50.0


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A song as the network sees it: tokens [T, K], features [T, F], targets int64 [T, 2] (chord, duration class)."""

    tokens: np.ndarray
    features: np.ndarray
    targets: np.ndarray


def corpus(data: Path) -> dict[str, list[Sequence]]:
    """Return the songs as train, valid and test (the benchmark's 90), every condition told."""
    found = songs(data)
    test = held_out(found["pop909"])
    rest = [song for song in found["pop909"] if song.name not in test]
    random.Random(1).shuffle(rest)
    raw = {id(song): tension(song) for part in found.values() for song in part}
    ranks = np.sort(np.concatenate(list(raw.values())))
    sides = {
        "train": [*rest[WATCHED:], *(song for folder in list(SOURCES)[1:] for song in found[folder])],
        "valid": rest[:WATCHED],
        "test": sorted((song for song in found["pop909"] if song.name in test), key=lambda song: song.name),
    }
    return {
        side: [sequence(song, np.searchsorted(ranks, raw[id(song)]) / len(ranks)) for song in part]
        for side, part in sides.items()
    }


def tension(song: Song) -> np.ndarray:
    """Return a raw tension per change, over the next four bars: foreign, coloured, off-tonic chords, and how many.

    Chord data name no tension; ranked over the corpus this is what the live tension asks for.
    """
    tonics = {0: {0, 9}, 1: {0}, 2: {9}}[song.mode]
    each = []
    for token in song.tokens:
        root, quality = divmod(token, len(QUALITIES))
        foreign, coloured = (root, TRIAD[quality]) not in DIATONIC, quality >= 2
        each.append(0.4 * foreign + 0.3 * coloured + 0.3 * (root not in tonics))
    ends = np.searchsorted(song.onsets, np.array(song.onsets) + TENSION_BEATS)
    spans = [each[start:end] for start, end in enumerate(ends)]
    return np.array([np.mean(span) + 0.025 * min(len(span), 8) for span in spans])


def sequence(song: Song, ranks: np.ndarray) -> Sequence:
    """Encode a song."""
    changes = [Change(*each) for each in zip(song.onsets, song.tokens, song.beats, strict=True)]
    rows = []
    for number, change in enumerate(changes):
        wish = Wish(song.mode, song.sections[number], song.left[number], float(ranks[number]))
        rows.append(codec.seen(changes[max(0, number - codec.REACH) : number], change.onset, wish))
    targets = [(change.token, codec.duration_class(change.beats)) for change in changes]
    tokens, features = zip(*rows, strict=True)
    return Sequence(np.array(tokens), np.array(features, np.float32), np.array(targets))


class HarmonyWindows:
    """One window a song; with dice a random crop of at most `changes`, from the song's start in four of ten."""

    def __init__(self, sequences: list[Sequence], changes: int, drop: float = 0.0, blind: float = 0.0) -> None:
        """Take the songs. changes: 0 = whole. drop: share hidden per condition; blind: of windows told nothing."""
        self.sequences, self.changes, self.drop, self.blind = sequences, changes, drop, blind

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.sequences)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return padded songs; without dice no condition is told (the benchmark knows none)."""
        parts = [self._crop(self.sequences[place], dice) for place in chosen]
        longest = max(len(part.targets) for part in parts)
        shape = (len(parts), longest)
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 2), np.int64)
        for row, part in enumerate(parts):
            size = len(part.targets)
            tokens[row, :size], features[row, :size] = part.tokens, part.features
            targets[row, :size], weight[row, :size] = part.targets, 1
        hide(tokens, features, dice, self.drop, self.blind)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))

    def _crop(self, whole: Sequence, dice: np.random.Generator | None) -> Sequence:
        size = len(whole.targets)
        if dice is None or not self.changes or size <= self.changes:
            return whole
        start = int(dice.integers(size - self.changes + 1)) if dice.random() < 0.6 else 0
        part = slice(start, start + self.changes)
        return Sequence(whole.tokens[part], whole.features[part], whole.targets[part])


def hide(tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator | None, drop: float, blind: float) -> None:
    """Hide mode, section, bars left and tension, each in `drop` of the windows, all in `blind` (all without dice)."""
    count = len(tokens)
    nothing = np.ones(count, bool) if dice is None else dice.random(count) < blind
    for column in (5, 6, 7):
        tokens[nothing | (dice.random(count) < drop if dice else True), :, column] = 0
    features[nothing | (dice.random(count) < drop if dice else True), :, :2] = 0


def mixture(logits: Tensor, targets: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return log P(chord) [B, T, CHORDS] and log P(true chord and duration) [B, T].

    A gate mixes what the network would write with what its pointer finds in the song's own past: the query of a
    step against the keys of earlier steps, each standing for the change that followed it (after See et al. 2017).
    """
    chord, duration, query, key, gate = logits.split(codec.HEADS, dim=-1)
    mask = torch.ones(logits.shape[1], logits.shape[1], dtype=torch.bool).tril(-1) & (weight[:, None, :] > 0)
    match = (query @ key.transpose(1, 2) / POINTER**0.5).masked_fill(~mask, -1e9)
    share = match.softmax(-1) * mask
    past = mask.any(-1)
    write = torch.where(past, functional.logsigmoid(gate[..., 0]), 0.0)
    copy = torch.where(past, functional.logsigmoid(-gate[..., 0]), NO_CHANCE)
    token, length = targets[..., 0], targets[..., 1]
    found = share @ functional.one_hot(token, CHORDS).float()
    chords = torch.logaddexp(chord.log_softmax(-1) + write[..., None], (found + 1e-9).log() + copy[..., None])
    same = (token[:, :, None] == token[:, None, :]) & (length[:, :, None] == length[:, None, :])
    written = _pick(chord.log_softmax(-1), token) + _pick(duration.log_softmax(-1), length) + write
    return chords, torch.logaddexp(written, ((share * same).sum(-1) + 1e-9).log() + copy)


def _pick(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(-1, index[..., None])[..., 0]


class HarmonyLoss:
    """Nats per change: of the chord, and with weight `joint` of chord and duration together."""

    def __init__(self, joint: float) -> None:
        """Take the weight 0..1 of the joint term."""
        self.joint = joint

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts."""
        chords, both = mixture(logits, batch.targets, batch.weight)
        total = batch.weight.sum()
        nll = -(_pick(chords, batch.targets[..., 0]) * batch.weight).sum() / total
        joint = -(both * batch.weight).sum() / total
        return (1 - self.joint) * nll + self.joint * joint, {"nll": nll.item(), "joint": joint.item()}


def network(chosen: Settings) -> StepGru:
    """Return a fresh network of a profile."""
    return StepGru(
        GruSpec(codec.VOCABULARIES, EMBEDS, codec.FEATURES, codec.HEADS, chosen.layers, chosen.hidden, chosen.dropout)
    )


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("harmony", options)
    sides, extra = corpus(options.data), chosen.extra
    windows = HarmonyWindows(sides["train"], int(extra["changes"]), extra["drop"], extra["blind"])
    valid = HarmonyWindows(sides["valid"], 0)
    run = Run("harmony", options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    trainer = Trainer(network(chosen), HarmonyLoss(extra["joint"]), run, options.runs)
    if options.resume:
        trainer.resume()
    return trainer.fit(windows, valid)


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `harmony-gru`: the smallest faithful graph, golden vectors, card."""
    run_folder = options.run or newest_run(options.runs, "harmony")
    run = msgspec.json.decode((run_folder / "run.json").read_bytes(), type=Run)
    model, teacher = load_best(run_folder), teacher_of(corpus(options.data)["test"])
    weights = arrays(model)
    with torch.no_grad():
        wanted = model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()
    check_parity(step_graph(weights, model.spec), wanted, teacher)
    graph, precision, proof = choose_graph(weights, model.spec, teacher)
    inputs, outputs = ports(model.spec)
    folder = options.models / NAME / options.version
    card = Card(
        name=NAME, version=options.version, kind="harmony", voices=(), codec=codec.FINGERPRINT, model=TO_COME,
        golden=TO_COME, inputs=inputs, outputs=outputs, heads=model.spec.heads, meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=model.parameter_count(), precision=precision, sources=sources(options.data, SOURCES),
        data_sha256=run.data_sha256, tiers="A, A-, B", licence=LICENCE, revision=run.revision, profile=run.profile,
        date=today(), decoding=expert_config("harmony").decoding, metrics=proof_metrics(proof),
        latency_us=latencies(graph),
    )  # fmt: skip
    write_version(folder, card, graph, golden(graph, teacher))
    return folder


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    sides = corpus(options.data)
    card = Library(options.models).card(NAME, options.version)
    folder = options.models / NAME / card.version
    session = StepSession((folder / card.model.name).read_bytes())
    logits = run_steps(session, teacher_of(sides["test"]))
    found = report_harmony.score_network(logits, [song.targets for song in sides["test"]])
    found |= report_harmony.baselines(*benchmark(options.data))
    if options.write:
        write_metrics(folder, card, dict(found))
    return found


def benchmark(data: Path) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the tokens of POP909-CL's songs that are not held out, and of the 90 that are."""
    pop = songs(data)["pop909"]
    test = held_out(pop)
    return [song.tokens for song in pop if song.name not in test], [song.tokens for song in pop if song.name in test]


def teacher_of(sequences: list[Sequence]) -> Teacher:
    """Return whole songs, padded, no condition told."""
    batch = HarmonyWindows(sequences, 0).batch(np.arange(len(sequences)), None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy())
