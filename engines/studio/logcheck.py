"""Whether an order that stood in a log can be performed: a log is a file, and anybody may have written it."""

from engines.control.state import Control, Loop
from engines.form import Visit
from engines.studio.order import BARS, BPM, CANDIDATES, SEEDS, Order, number, wrong
from engines.units import BEATS_PER_BAR, VOICES

UNITS = ("density", "variation", "humanize", "swing")


def check(order: Order) -> None:
    """Raise ValueError naming what does not fit."""
    control = order.control
    number("bpm", order.bpm, *BPM)
    number("bars", order.bars, *BARS)
    number("seed", control.seed, *SEEDS)
    number("candidates", control.candidates, 0, CANDIDATES[1])
    for name in UNITS:
        number(name, getattr(control, name), 0.0, 1.0)
    _check_parts(control)
    for place, visit in enumerate(control.arrangement):
        _check_visit(f"arrangement[{place}]", visit)


def _check_parts(control: Control) -> None:
    if set(control.chairs) != set(VOICES):
        raise wrong("chairs", ", ".join(control.chairs), ", ".join(VOICES))
    for voice, chair in control.chairs.items():
        number(f"chairs[{voice!r}].level", chair.level, 0.0, 1.0)
        number(f"chairs[{voice!r}].density", chair.density, 0.0, 1.0)
    if isinstance(control.harmony, Loop):
        number("harmony: bars", len(control.harmony.bars), 1, BARS[1])
        for chords in control.harmony.bars:
            number("harmony: chords in a bar", len(chords), 1, BEATS_PER_BAR)


def _check_visit(place: str, visit: Visit) -> None:
    number(f"{place}.bars", visit.bars, *BARS)
    for value in (visit.energy, *visit.tension, *visit.curve):
        number(f"{place}: energy and tension", value, 0.0, 1.0)
