"""Which part of a band a track plays: rules with weights, a confidence, and the reasons in words."""

import math
import re

import msgspec
import numpy as np

from engines.units import TICKS_PER_BAR
from training.corpus.config import LeadBounds, Roles, Rule
from training.corpus.measures import Measures, measure, registers
from training.corpus.parts import Part
from training.corpus.piece import Role


class Verdict(msgspec.Struct, frozen=True):
    """A role, how sure 0..1, and why."""

    role: Role
    confidence: float
    reasons: tuple[str, ...]


def classify(parts: tuple[Part, ...], rules: Roles, bounds: LeadBounds) -> list[Verdict]:
    """Return the verdict on every part of one piece; parts are compared with each other."""
    start = min(int(part.notes[0, 0]) for part in parts) // TICKS_PER_BAR * TICKS_PER_BAR  # a pickup lies before 0
    parts = tuple(msgspec.structs.replace(part, notes=part.notes - [start, 0, 0, 0]) for part in parts)
    bars = max(int(part.notes[-1, 0]) for part in parts) // TICKS_PER_BAR + 1
    own = [registers(part.notes, bars) for part in parts]
    pitched = [row for row, part in zip(own, parts, strict=True) if not part.drum]
    others = np.stack(pitched or own)
    return [judge(part, measure(part.notes, others, row), rules, bounds) for part, row in zip(parts, own, strict=True)]


def judge(part: Part, found: Measures, rules: Roles, bounds: LeadBounds) -> Verdict:
    """Return the role whose reasons weigh most."""
    scores, reasons = dict(rules.prior), {role: [] for role in rules.prior}  # type: dict[str, float], dict[str, list[str]]

    def add(role: str, weight: float, reason: str) -> None:
        scores[role] += weight
        if weight > 0:
            reasons[role].append(reason)

    if part.drum:
        add("drums", rules.channel_10, "channel 10")
    for role, pattern in rules.names.items():
        if re.search(pattern, part.name.lower()):
            add(role, rules.name, f"name {part.name}")
    for role, ranges in rules.programs.items():
        if part.program > 0 and any(low <= part.program <= high for low, high in ranges):
            add(role, rules.program, f"program {part.program}")
    for rule in rules.rules:
        if (reason := _holds(rule, found)) is not None:
            add(rule.role, rule.weight, reason)
    no_lead = _no_lead(part, found, bounds)
    if no_lead:
        scores["lead"] = -math.inf
    best = max(scores, key=lambda role: (scores[role], role))
    sure = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
    extra = (f"no lead: {no_lead}",) if no_lead and best == "other" else ()
    return Verdict(best, round(sure, 3), (*reasons[best], *extra))  # type: ignore[arg-type]


def _holds(rule: Rule, found: Measures) -> str | None:
    value = getattr(found, rule.measure)
    if rule.above is not None and value > rule.above:
        return f"{rule.measure} {value:.2f} above {rule.above:g}"
    if rule.below is not None and value < rule.below:
        return f"{rule.measure} {value:.2f} below {rule.below:g}"
    return None


def _no_lead(part: Part, found: Measures, bounds: LeadBounds) -> str:
    width = int(np.ptp(part.notes[:, 2]))
    if found.polyphony > bounds.most_polyphony:
        return f"polyphony {found.polyphony:.2f}"
    if not bounds.narrowest_semitones <= width <= bounds.widest_semitones:
        return f"range of {width} semitones"
    return ""
