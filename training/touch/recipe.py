"""The recipe of the touch: performances -> how they wander -> a table of hands and its card. Seconds, no network."""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engines.card import Card, Golden
from engines.hand import BARS, Hand
from engines.library import Library
from engines.touch import FINGERPRINT, NAME, Touch
from engines.units import STEPS_PER_BAR
from training.export import replace_card, revision, sources, today, write_version
from training.identity import Run, run_of
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, settings
from training.publish import LICENCE, TO_COME, data_hash
from training.refused import Refused
from training.touch import report
from training.touch.data import SOURCES, divide, takes

FILE: Final = "touch.json"
GOLDEN: Final = tuple(
    (seed, bar, step) for seed in (0, 2**40) for bar in (0, BARS, 3 * BARS + 1) for step in (0, 6, 15)
)
SPLITS: Final = 5
TOLERANCE: Final = 1e-4  # standard deviations
NOTE: Final = (
    "Deviation from the mean of each step, told the strokes before it, against that mean; songs held out by cluster of "
    "near-duplicates. Timing from stretches of POP909 that nobody quantised (one note in 25): for the lead mostly "
    "counter-melodies, for bass, arp and pad the piano. Learned is how a player wanders, not how far: that is the "
    "genre's. lag1: correlation of neighbours (white jitter: 0), as played and as drawn. five_splits: the same with "
    "other songs held out, since few were played freely."
)


def train(options: TrainOptions) -> Path:
    """Measure the data folder; return the run's folder."""
    chosen = settings(NAME, options)
    run = Run(NAME, options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    folder = run.begin(options.runs)
    hands = report.hands(divide(takes(options.data), options.seed)["train"])
    if not hands:
        raise Refused(f"{options.data}: nobody there plays off the grid or with dynamics; POP909's originals do")
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(hands)))
    return folder


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `touch` and put it in use."""
    newest = max((options.runs / NAME).glob(f"*/{FILE}"), key=lambda path: path.stat().st_mtime, default=None)
    run_folder = options.run or (newest.parent if newest else None)
    if run_folder is None:
        raise FileNotFoundError(f"no finished run of {NAME} below {options.runs}")
    run = run_of(run_folder)
    model = (run_folder / FILE).read_bytes()
    touch = Touch(model)
    card = Card(
        name=NAME, version=options.version, kind="touch", voices=(), codec=FINGERPRINT, model=TO_COME, golden=TO_COME,
        inputs=(), outputs=(), heads=(touch.classes,), meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=touch.classes * len(msgspec.structs.fields(Hand().late)), precision="fp32",
        sources=sources(options.data, SOURCES), data_sha256=run.data_sha256,
        tiers=", ".join(sorted({tier for tier, _ in SOURCES.values()})), licence=LICENCE, revision=run.revision,
        profile=run.profile, date=today(), decoding=expert_config(NAME).decoding, latency_us={},
        metrics={"note": NOTE, "seed": float(run.seed)},
    )  # fmt: skip
    folder = options.models / NAME / options.version
    write_version(folder, card, model, golden(touch), ".json")
    Library(options.models).use(NAME, options.version)
    return folder


def golden(touch: Touch) -> Golden:
    """Return what strokes share at some places under two seeds."""
    tokens = [list(place) for place in GOLDEN]
    drawn = touch.replay(np.array(tokens), np.zeros((len(tokens), 0), np.float32))
    return Golden(tokens, [[] for _ in tokens], [[round(float(x), 5) for x in row] for row in drawn], TOLERANCE)


def evaluate(options: EvaluateOptions) -> dict[str, float | list[float]]:
    """Return the report card of the shipped table; with `write` it goes into the card."""
    library = Library(options.models)
    card = library.card(NAME, options.version)
    music = takes(options.data)
    sides = divide(music, report.seed_of(card))
    found = report.figures(sides["train"], sides["test"], library.load_touch(NAME, card.version).hands)
    found |= report.elsewhere([divide(music, report.seed_of(card) + other) for other in range(1, SPLITS + 1)])
    if options.write:
        replace_card(options.models / NAME / card.version, dict(found))
    return found
