"""Let an expert play through plans, as the band would, to judge what it writes."""

from collections.abc import Sequence

from engines.expert import HISTORY_BARS, Expert, Heard, Request
from engines.note import Bar
from engines.plan import Plan
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import VOICES

LOOP = ("Am", "F", "C", "G")


def make_plan(
    index: int,
    *,
    tension: float = 0.5,
    density: float = 0.5,
    key: Key | None = None,
    chords: tuple[Chord, ...] = (),
    section: str = "drop",
    variation: float = 0.3,
) -> Plan:
    """Return a plan in phrases of eight bars; chords: four beats and the next bar's first, else the loop Am F C G."""
    loop = [Chord.parse(name) for name in LOOP]
    five = chords or (*(loop[index % 4],) * 4, loop[(index + 1) % 4])
    return Plan(
        index=index,
        genre="judge",
        section=section,
        section_bar=index,
        section_bars=64,
        phrase_bar=index % 8,
        phrase_bars=8,
        upcoming=None,
        energy=tension,
        tension=(tension,) * 4,
        density=dict.fromkeys(VOICES, density),
        variation=variation,
        key=key or Key.parse("Am"),
        chords=five[:4],  # type: ignore[arg-type]
        next_chord=five[4],
        active=VOICES,
        bpm=138.0,
    )


def play(expert: Expert, plans: Sequence[Plan], voice: str, seed: int = 0) -> list[Bar]:
    """Return the bars that the expert writes, each heard by the next."""
    history: tuple[Heard, ...] = ()
    bars = []
    for plan in plans:
        request = Request(plan, (voice,), history, seed=seed * 100_003 + plan.index, phrase_seed=seed)
        bar = expert.write(request)[voice]
        history = (*history, Heard(plan, {voice: bar}))[-HISTORY_BARS:]
        bars.append(bar)
    return bars
