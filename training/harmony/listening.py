"""What a harmony expert chooses for a genre, as it is heard: loops, cadences, the key over a long time, tension."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from engines.codec.harmony import BarChords, chord_token
from engines.expert import HarmonyExpert, HarmonyRequest
from engines.genre import load_genre
from engines.theory.chord import Chord
from engines.theory.key import Key
from training.harmony.windows import restless

KEYS = (Key(9, "minor"), Key(6, "minor"), Key(0, "major"), Key(7, "major"))
GENRE = load_genre(Path(str(resources.files("configs") / "genres" / "uplifting.yaml")))
PHRASE, LOOP, MEMORY = 8, 4, 16  # bars
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
LONG = 8  # phrases in a row


def figures(expert: HarmonyExpert, seeds: int = 24) -> dict[str, float]:
    """Return the measures over KEYS and seeds, under `harmony.play.`."""
    found = {**loops(expert, seeds), **endings(expert, seeds), **drift(expert, max(1, seeds // 4))}
    return {f"harmony.play.{name}": value for name, value in {**found, **tension(expert, seeds)}.items()}


def ask(key: Key, seed: int, **wishes: object) -> HarmonyRequest:
    """Return a request for a phrase of a drop at middling tension."""
    return HarmonyRequest(**{
        "genre": GENRE.name, "loops": GENRE.loops, "cadences": GENRE.cadences,
        "section": "drop", "section_bar": 0, "tension": 0.5, "variation": 0.0, "key": key,
        "bars": PHRASE, "seed": seed, "theme_seed": seed, **wishes,
    })  # fmt: skip


def loops(expert: HarmonyExpert, seeds: int) -> dict[str, float]:
    """Return the share of different loops per key, and how often the first four bars of a phrase return."""
    different, returned = [], []
    for key in KEYS:
        bars = [expert.choose(ask(key, seed)) for seed in range(seeds)]
        different.append(len({phrase[:LOOP] for phrase in bars}) / seeds)
        returned += [phrase[:LOOP] == phrase[LOOP:] for phrase in bars]
    return {"different_loops": float(np.mean(different)), "loop_returns": float(np.mean(returned))}


def endings(expert: HarmonyExpert, seeds: int) -> dict[str, float]:
    """Return how often a phrase begins on the tonic, and ends on a dominant with and without a cadence asked for."""
    home, closed = [], {True: [], False: []}  # type: list[bool], dict[bool, list[bool]]
    for key in KEYS:
        dominants = {(key.tonic + step) % 12 for step in ((7, 10) if key.is_minor else (7,))}
        for seed in range(seeds):
            for cadence, kept in closed.items():
                phrase = expert.choose(ask(key, seed, cadence=cadence))
                kept.append(phrase[-1][-1].root in dominants)
                home.append(phrase[0][0].root == key.tonic)
    return {
        "begins_home": float(np.mean(home)),
        "cadence": float(np.mean(closed[True])),
        "no_cadence": float(np.mean(closed[False])),
    }


def drift(expert: HarmonyExpert, seeds: int) -> dict[str, float]:
    """Return the share of chords inside the key in the first and in the last of LONG phrases, each fed the earlier."""
    first, last = [], []
    for key in KEYS:
        for seed in range(seeds):
            past: tuple[BarChords, ...] = ()
            for number in range(LONG):
                wish = ask(key, seed * LONG + number, past=past[-MEMORY:], section_bar=number * PHRASE, variation=0.5)
                phrase = expert.choose(wish)
                past += phrase
                if number in {0, LONG - 1}:
                    (last if number else first).append(inside(phrase, key))
    return {"in_key_first": float(np.mean(first)), "in_key_last": float(np.mean(last))}


def inside(phrase: Sequence[Sequence[Chord]], key: Key) -> float:
    """Return the share of chords with no tone outside the key; the dominant of minor counts as inside."""
    chords = [chord for bar in phrase for chord in bar]
    dominant = (key.tonic + 7) % 12 if key.is_minor else -1
    return float(np.mean([c.root == dominant or all(map(key.contains, c.pitch_classes)) for c in chords]))


def tension(expert: HarmonyExpert, seeds: int) -> dict[str, float]:
    """Return the rank correlation of asked and heard tension over phrases, and the means per level never falling."""
    rows = []
    for level in LEVELS:
        for key in KEYS:
            for seed in range(seeds):
                phrase = expert.choose(ask(key, seed, tension=level))
                chords = [chord_token(chord, key) for bar in phrase for chord in bar]
                rows.append((level, float(np.mean([restless(each, 2 if key.is_minor else 1) for each in chords]))))
    asked, heard = np.array(rows).T
    means = [heard[asked == level].mean() for level in LEVELS]
    return {
        "tension_spearman": float(spearmanr(asked, heard).statistic),
        "tension_monotone": float(all(np.diff(means) >= 0)),
    }
