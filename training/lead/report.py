"""The lead's report card: held-out likelihood against an n-gram, what it writes against real music, its knobs."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from engines.codec.grid import GROUPS, Harmony
from engines.codec.lead import encode
from engines.expert import Expert
from engines.measure.harmony import note_in_chord
from engines.measure.melody import features, summary
from engines.measure.tokens import harmony_rows, line_of_tokens
from engines.neural.session import Sampler
from engines.note import Bar
from engines.plan import Plan
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES
from training.lead.data import Segment
from training.lead.likelihood import baseline, likelihood
from training.lead.windows import LeadWindows, measure, recorded
from training.play import make_plan, play

ORDERS = (2, 3, 4)  # of the n-grams; the best on the test songs themselves is reported


def plans_of(segment: Segment, measured: NDArray[np.float32]) -> list[Plan] | None:
    """Return plans over a real song's chords, with its measured tension and density; None if a chord is unknown."""
    key = Key(9, "minor") if segment.minor else Key(0, "major")
    plans = []
    for bar, chords in enumerate(segment.chords):
        named = [chord and _named(chord) for chord in chords]
        if any(chord is None for chord in named[:4]):
            return None
        five = (*named[:4], named[4] or named[3])
        tension, density = (float(x) for x in measured[bar])
        plans.append(make_plan(bar, tension=tension, density=density, key=key, chords=five))  # type: ignore[arg-type]
    return plans


def _named(chord: Harmony) -> Chord | None:
    wanted = {n for n in range(12) if chord.has(n)}
    for quality, intervals in QUALITIES.items():
        for bass in {chord.bass, chord.root}:
            tones = {(chord.root + step) % 12 for step in intervals}
            if tones | {bass} == wanted or tones == wanted:
                return Chord(chord.root, quality, chord.bass)
    return None


def to_tokens(bars: Sequence[Bar], tonic: int) -> NDArray[np.int64]:
    """Return bars on the grid, int64 [N, 16]."""
    rows, ringing = [], 0
    for bar in bars:
        grid = encode(bar, tonic, ringing)
        ringing = grid.tail
        rows.append(grid.tokens)
    return np.array(rows, np.int64)


def against_real(expert: Expert, segments: list[Segment], pieces: int = 60, length: int = 8) -> dict[str, Any]:
    """Return bands of real excerpts and of what the expert writes over the same chords, and chord obedience."""
    real, made, swapped = [], [], []
    chosen = [
        (s, m) for s, m in zip(segments, measure(segments), strict=True) if recorded(s.corpus) and s.bars >= length
    ]
    previous = None
    for number, (segment, measured) in enumerate(chosen):
        plans = plans_of(segment, measured)
        if plans is None or len(made) >= pieces:
            continue
        tokens = to_tokens(play(expert, plans[:length], "lead", seed=number), 0)
        one, other = (
            features(line_of_tokens(x), harmony_rows(segment.chords, length)) for x in (segment.tokens[:length], tokens)
        )
        if not one or not other:
            continue
        real.append(one)
        made.append(other)
        if previous is not None:
            pair = [line_of_tokens(x) for x in (segment.tokens[:length], tokens)]
            rows = [harmony_rows(chords, length) for chords in (previous, _transposed(previous, 1 + number % 11))]
            swapped.append([note_in_chord(line, row) for row in rows for line in pair])
        previous = segment.chords[:length]
    found: dict[str, Any] = {"real": summary(real), "generated": summary(made)}
    for n, chance in enumerate(np.mean(swapped, axis=0) if swapped else []):
        side, kind = ("real", "generated")[n % 2], ("same_key", "other_key")[n // 2]
        found[f"chord_swap_drop_{kind}_{side}"] = found[side]["chord_tones_frames"][0] - float(chance)
    return found


def _transposed(chords: list[tuple[Harmony | None, ...]], shift: int) -> list[tuple[Harmony | None, ...]]:
    """Return chords so many semitones up."""

    def moved(chord: Harmony) -> Harmony:
        tones = (chord.tones << shift | chord.tones >> (12 - shift)) & 0xFFF
        return Harmony((chord.root + shift) % 12, tones, (chord.bass + shift) % 12)

    return [tuple(chord and moved(chord) for chord in bar) for bar in chords]


def ramp(expert: Expert, seeds: int = 8, bars: int = 64, density: bool = False) -> dict[str, list[float]]:
    """Return Spearman of a 0..1 ramp of tension over 64 bars with each bar's velocity, notes and mean pitch."""
    found: dict[str, list[float]] = {"velocity": [], "notes": [], "register": []}
    for seed in range(seeds):
        levels = [n / (bars - 1) for n in range(bars)]
        plans = [make_plan(n, tension=x, density=0.3 + 0.5 * x if density else 0.5) for n, x in enumerate(levels)]
        played = play(expert, plans, "lead", seed)
        kept = [(x, bar) for x, bar in zip(levels, played, strict=True) if bar.notes]
        x = [pair[0] for pair in kept]
        found["velocity"].append(float(spearmanr(x, [np.mean([n.velocity for n in b.notes]) for _, b in kept])[0]))
        found["register"].append(float(spearmanr(x, [np.mean([n.pitch for n in b.notes]) for _, b in kept])[0]))
        found["notes"].append(float(spearmanr(levels, [len(b.notes) for b in played])[0]))
    return found


def write_ms(expert: Expert, bars: int = 200) -> tuple[float, float]:
    """Return p50 and p99 of the milliseconds that a bar takes, history included, on this machine now."""
    from engines.expert import Heard, Request

    history: tuple[Heard, ...] = ()
    taken = []
    for n in range(bars):
        plan = make_plan(n, tension=0.7)
        begun = time.perf_counter()
        bar = expert.write(Request(plan, ("lead",), history, seed=n, phrase_seed=1))
        taken.append((time.perf_counter() - begun) * 1000)
        history = (*history, Heard(plan, bar))[-8:]
    return float(np.median(taken)), float(np.quantile(taken, 0.99))


def report(expert: Expert, session: Sampler, data: dict[str, LeadWindows]) -> dict[str, Any]:
    """Return the whole report card; `data` as `training.lead.recipe.datasets` makes it."""
    test = data["test"]
    chorded = [s for s in data["pop"].segments if recorded(s.corpus)]
    told = {"ngram": {}, "ngram_with_chords": {"chords": True}, "ngram_cache": {"cached": True}}
    ngrams = {}
    for name, knows in told.items():
        scores = [(*baseline(data["pop"].segments, test, order, **knows), order) for order in ORDERS]
        ngrams[name] = dict(zip(("nll", "accuracy", "order"), min(scores), strict=True))
    tension = ramp(expert)
    p50, p99 = write_ms(expert)
    return {
        "test_windows": len(test),
        "train_songs": len({s.name for s in data["all"].segments}),
        "train_songs_with_chords": len({s.name for s in chorded}),
        "test_songs": len({s.name for s in test.segments}),
        "told_everything": likelihood(session, test),
        "told_chords_only": likelihood(session, test, ("tension", "density", "section")),
        "told_nothing": likelihood(session, test, GROUPS),
        "told_another_song": likelihood(session, test, swap=True),
        **ngrams,
        **against_real(expert, test.segments),
        "tension_spearman": {name: [round(x, 3) for x in values] for name, values in tension.items()},
        "tension_spearman_worst": min(min(values) for values in tension.values()),
        "write_ms": {"p50": p50, "p99": p99},
    }


def flat(figures: dict[str, Any], prefix: str = "") -> dict[str, float | str | list[float]]:
    """Return nested figures as one level of dotted names, rounded, as a card keeps them."""
    found: dict[str, float | str | list[float]] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            found[prefix + name] = [round(float(x), 4) for x in value]
        else:
            found[prefix + name] = round(float(value), 4)
    return found
