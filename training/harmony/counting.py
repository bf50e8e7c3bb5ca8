"""The recipe of the counted harmony expert: chord changes -> a table of n-grams -> card. Seconds, no network."""

import hashlib
from pathlib import Path

import numpy as np

from engines.card import Card, Golden
from engines.codec import harmony as codec
from engines.codec.harmony import DURATIONS, NO_DURATION, Change, Wish
from engines.library import Library
from engines.ngram.harmony import CountingReader
from engines.ngram.table import CLASSES, NOBODY, ORDER, Table, pack
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR
from training.corpus import material
from training.export import replace_card, revision, today, write_version
from training.harmony import listening
from training.harmony import report as report_harmony
from training.harmony.data import SOURCES, Song, plain
from training.harmony.prepared import MATERIAL, counted, sides
from training.identity import Run, run_of
from training.ngram import WittenBell
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, settings
from training.publish import LICENCE, TO_COME, check_data, data_hash, provenance

NAME = "harmony-ngram"
FILE = "table.npz"
GOLDEN_STEPS = 8
TOLERANCE = 1e-3
NOTE = "Counts of all songs but the 90 held out; harmony.nll without time, *_timed as it plays, both with a song cache."


def train(options: TrainOptions) -> Path:
    """Count the data folder; return the run's folder."""
    chosen = settings(NAME, options)
    run = Run(NAME, options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    folder = run.begin(options.runs)
    (folder / FILE).write_bytes(table(counted(options.data)[0], int(chosen.extra["least"])))
    return folder


def table(learned: list[Song], least: int) -> bytes:
    """Return the table of songs; pairs of a past of two or more chords and a chord count from `least` on."""
    model = WittenBell(ORDER, codec.CHORDS).learn([(0, token) for token in song.tokens] for song in learned)
    rows = [
        ([NOBODY] * (ORDER - 1 - size) + [*past, token], count)
        for size, histories in enumerate(model.counts)
        for (_, past), seen in histories.items()  # type: ignore[misc]
        for token, count in seen.items()
        if size < 2 or count >= least
    ]
    lengths = np.zeros((NO_DURATION + 1, BEATS_PER_BAR, len(DURATIONS)), np.int64)
    for song in learned:
        classes = [codec.duration_class(beats) for beats in song.beats]
        for last, onset, length in zip([NO_DURATION, *classes], song.onsets, classes, strict=False):
            lengths[last, round(onset) % BEATS_PER_BAR, length] += 1
    most = np.iinfo(np.uint16).max
    pasts, counts = zip(*rows, strict=True)
    scaled = np.ceil(lengths * min(1.0, most / lengths.max()))
    return pack(np.array(pasts, np.uint8), np.minimum(counts, most).astype(np.uint16), scaled.astype(np.uint16))


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `harmony-ngram`."""
    run_folder = (
        options.run or max((options.runs / NAME).glob(f"*/{FILE}"), key=lambda path: path.stat().st_mtime).parent
    )
    run = run_of(run_folder)
    check_data(run, options.data, data_hash(options.data, SOURCES))
    learned, tiers = provenance(options.data, SOURCES)
    note = material.note(options.data, sides(options.data), MATERIAL, NOTE)
    model = (run_folder / FILE).read_bytes()
    card = Card(
        name=NAME, version=options.version, kind="ngram", voices=(), codec=codec.FINGERPRINT, model=TO_COME,
        golden=TO_COME, inputs=(), outputs=(), heads=(CLASSES,), meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=len(np.load(run_folder / FILE)["counts"]), precision="fp32",
        sources=learned, data_sha256=run.data_sha256, tiers=tiers, licence=LICENCE,
        revision=run.revision, profile=run.profile, date=today(),
        decoding=expert_config("harmony").decoding | expert_config(NAME).decoding, latency_us={},
        metrics={"note": note, "table_sha256": hashlib.sha256(model).hexdigest()},
    )  # fmt: skip
    folder = options.models / NAME / options.version
    write_version(folder, card, model, golden(Table(model)), ".npz")
    Library(options.models).use(NAME, options.version)
    return folder


def golden(read: Table) -> Golden:
    """Return what the table says of a loop of four chords."""
    loop = [codec.token_of(9, "min"), codec.token_of(5, "maj"), codec.token_of(0, "maj"), codec.token_of(7, "maj")]
    tokens = [[loop[step % 4], DURATIONS.index(4), 0] for step in range(GOLDEN_STEPS)]
    logits = read.replay(np.array(tokens), np.zeros((GOLDEN_STEPS, 0), np.float32))
    rounded = [[round(float(value), 4) for value in row] for row in logits]
    return Golden(tokens, [[] for _ in tokens], rounded, TOLERANCE)


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the benchmark's figures of the shipped table; with `write` they go into the card."""
    library = Library(options.models)
    card = library.card(NAME, options.version)
    folder = options.models / NAME / card.version
    read = Table((folder / card.model.name).read_bytes())
    _, test = counted(options.data)
    found = {}
    for ending, part in (("", [plain(song) for song in test]), ("_timed", test)):
        figures = score(read, part, card.decoding["cache"]).figures()
        found |= {f"{NAME}.{kind}{ending}": value for kind, value in figures.items()}
    heard = listening.figures(library.load_harmony(NAME, card.version))
    found |= {name.replace("harmony", NAME, 1): value for name, value in heard.items()}
    if options.write:
        replace_card(folder, dict(found))
    return found


def score(read: Table, test: list[Song], weight: float) -> report_harmony.Score:
    """Score songs as the benchmark does, the cache filling up as each song goes on."""
    found = report_harmony.Score()
    for song in test:
        reader, previous = CountingReader(read, weight), report_harmony.START
        for change in (Change(*each) for each in zip(song.onsets, song.tokens, song.beats, strict=True)):
            chords = reader.read([], change.onset, Wish()).sum(1)
            truth = int(report_harmony.TRIAD_OF[change.token])
            if truth != previous:
                triads = np.bincount(report_harmony.TRIAD_OF, chords, minlength=report_harmony.TRIADS)
                found.add(triads, previous, truth)
            reader.follow(change)
            previous = truth
    return found
