"""Every figure of the report card: stable name, definition, floor, goal. The README's table is made from here."""

from typing import Final, Literal

import msgspec

from training.judge.result import Figure

Better = Literal["higher", "lower", ""]


class Name(msgspec.Struct, frozen=True):
    """A figure. floor, goal: None = reported and not judged. better: which way is good ("" = neither)."""

    name: str
    about: str
    better: Better = ""
    floor: float | None = None
    goal: float | None = None


NAMES: Final = (
    Name(
        "lead.bands.medians",
        "share of the lead's features whose median lies in the real p10-p90 band",
        "higher",
        1.0,
        1.0,
    ),
    Name("lead.bands.means", "the same of the means (a skewed feature's real mean may lie outside, too)", "higher"),
    Name(
        "lead.bands.quartiles", "share of the features whose median lies in the real p25-p75 band", "higher", None, 1.0
    ),
    Name("lead.bands.excerpts", "share of excerpts in the real p10-p90 band, mean over features (real: .8)", "higher"),
    Name(
        "lead.oa.mean",
        "overlapping area of distances among real and among written excerpts, mean over features",
        "higher",
        0.80,
        0.90,
    ),
    Name("lead.oa.values", "common area of the densities of the values themselves, mean over features", "higher"),
    Name("lead.oa.*", "the same of one feature (engines.measure.melody)", "higher"),
    Name(
        "lead.chord_swap",
        "chord tones by frame over the own chords less over another song's chords",
        "higher",
        0.25,
        0.35,
    ),
    Name("lead.chord_swap.same_key", "the same, the other song's chords brought into the same key", "higher"),
    Name(
        "lead.tension_spearman",
        "rank correlation by bar of wished and realised tension, mean over pieces",
        "higher",
        0.70,
        0.80,
    ),
    Name("lead.tension_shuffled", "size of the same with the wish's bars shuffled (control)", "lower", 0.10, 0.10),
    Name(
        "lead.self_similarity_error", "mean difference by lag of bar-to-bar similarity to real music, lags 1-7", "lower"
    ),
    Name(
        "lead.vendi",
        "Vendi score of all excerpts over a kernel of (interval, step) trigrams, as a share of real",
        "higher",
    ),
    Name(
        "lead.jsd.pitch_class",
        "Jensen-Shannon divergence of pitch classes above the tonic to real, bits",
        "lower",
        None,
        0.03,
    ),
    Name("lead.jsd.ioi", "Jensen-Shannon divergence of inter-onset intervals to real, bits", "lower", None, 0.03),
    Name(
        "lead.copied.run",
        "share of excerpts whose longest run found in a training song is within the human p95",
        "higher",
        0.95,
        0.99,
    ),
    Name("lead.copied.run_p95", "p95 over excerpts of the longest run of notes found in a training song", "lower"),
    Name("lead.copied.shingles8", "mean share of (interval, IOI) 8-shingles found in a training song", "lower"),
    Name(
        "harmony.nll",
        "nats per chord change of held-out songs: triads, the one before excluded, no time told (as the n-grams)",
        "lower",
        1.70,
        1.60,
    ),
    Name("harmony.top1", "share of these changes guessed first", "higher", 0.57, 0.60),
    Name("harmony.top3", "share of these changes among the first three guesses", "higher", None, 0.83),
    Name("harmony.nll_timed", "harmony.nll as the expert plays: it sees when chords change and how they last", "lower"),
    Name("harmony.top1_timed", "share of changes guessed first, time told", "higher"),
    Name("harmony.top3_timed", "share of changes among the first three guesses, time told", "higher"),
    Name(
        "accompaniment.cr",
        "share of the melody's sounding steps with a consonant accompanying tone",
        "higher",
        0.82,
        0.86,
    ),
    Name("accompaniment.ur", "share of the melody's sounding steps without any accompaniment", "lower", 0.05, 0.04),
    Name(
        "accompaniment.pad_movement",
        "semitones a pad voice moves per chord change, best assignment, mean",
        "lower",
        3.0,
    ),
    Name(
        "accompaniment.jsd.pitch_class",
        "Jensen-Shannon divergence of the accompaniment's pitch classes to real, bits",
        "lower",
        None,
        0.15,
    ),
    Name("accompaniment.jsd.onset", "Jensen-Shannon divergence of its onset steps to real, bits", "lower", None, 0.10),
    Name("drums.velocity_mae", "mean error of velocity of held-out hits, 0..127, hits told", "lower"),
    Name("drums.timing_mae", "mean error of their timing, ticks of 480 a beat", "lower"),
    Name(
        "drums.velocity_mae_ratio",
        "velocity error over that of the mean per instrument, step and style",
        "lower",
        0.80,
        0.70,
    ),
    Name(
        "drums.timing_mae_ratio",
        "timing error over that of the mean per instrument, step and style",
        "lower",
        0.80,
        0.70,
    ),
    Name(
        "lead.timing_mae_ratio",
        "error of a held-out player's timing, the strokes before told, over that of the mean per step (jitter's guess)",
        "lower",
        0.95,
        0.85,
    ),
    Name("lead.velocity_mae_ratio", "the same of velocity about the mean of eight bars", "lower", 1.0, 0.90),
    *(
        Name(f"{voice}.{what}_mae_ratio", f"lead.{what}_mae_ratio of the {voice}", "lower")
        for voice in ("bass", "arp", "pad")
        for what in ("timing", "velocity")
    ),
    Name("band.tension_spearman", "as lead.tension_spearman, all five voices together", "higher"),
    Name("band.tension_shuffled", "its control", "lower", None, 0.10),
    Name(
        "benchmark.nottingham.nll",
        "nats per 16th of Nottingham melodies, 60 tunes held out, by a network of its own train split",
        "lower",
        0.75,
        0.62,
    ),
    Name("benchmark.nottingham.*", "the same: clean = no near-duplicate learned from, opening = first 8 bars", ""),
    Name(
        "benchmark.jsb.nll_notewise",
        "nats per note of JSB chorales, the 16th's chord told (TonicNet's protocol)",
        "lower",
    ),
    Name("benchmark.jsb.nll_framewise", "nats per 16th of four voices, in time order, no chord told", "lower"),
    Name("benchmark.jsb.*", "alone = no chord told, chord = the chord's nats added, tokens = mean of all five", ""),
    Name("int8.*.kl", "KL divergence of the shipped graph to fp32, nats per step (from the card)", "lower", 0.02, 0.01),
    Name("int8.*.agreement", "share of steps with the same likeliest token (from the card)", "higher", None, 0.985),
    Name("int8.*.speedup", "time of fp32 over time of INT8 at batch 1 (from the card)", "higher", 1.8, 2.0),
    Name("int8.*.size", "size of INT8 over size of fp32 (from the card)", "lower", 0.35, 0.30),
    Name("pieces.*.*", "mean over the pieces of a backend of a figure of their scorecards (`eval pieces`)"),
    Name("rules.better", "number of comparisons in which the understudy is nearer to real music", "lower"),
)


REAL: Final = ".real"
"""Behind a name: the same measured on the real music itself, to read the figure against; never judged."""


def of(name: str) -> Name | None:
    """Return what a figure's name means; `int8.*.kl` stands for every expert's."""
    if name.endswith(REAL) and (base := of(name.removesuffix(REAL))) is not None:
        return Name(name, f"{base.about}: real music", base.better)
    parts = name.split(".")
    for each in NAMES:
        wanted = each.name.split(".")
        if len(wanted) == len(parts) and all(w in {"*", p} for w, p in zip(wanted, parts, strict=True)):
            return each
    return None


def reaches(figure: Figure, mark: float | None, better: Better) -> bool | None:
    """Whether a figure reaches a floor or goal; None where there is nothing to reach or nothing was judged."""
    if mark is None or figure.value is None or not better:
        return None
    return figure.value >= mark if better == "higher" else figure.value <= mark


def table() -> str:
    """Return every figure as a row in Markdown: name, definition, floor, goal."""
    rows = ["| figure | what it is | floor | goal |", "|---|---|---|---|"]
    return "\n".join(
        [*rows, *(f"| `{n.name}` | {n.about} | {_mark(n, n.floor)} | {_mark(n, n.goal)} |" for n in NAMES)]
    )


def _mark(name: Name, mark: float | None) -> str:
    sign = "\u2265" if name.better == "higher" else "\u2264"
    return "" if mark is None else f"{sign} {mark:g}"
