"""Order: what is to be written, from the arguments of `generate`: checked, completed, ready to be performed.

A bad argument raises ValueError naming the argument, the value, what is allowed, and the nearest valid one.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.control.command import nearest
from engines.control.state import Auto, Chair, Control, Harmony, Loop, steady
from engines.form import Visit, drawn
from engines.genre import Genre
from engines.strict import ConfigError
from engines.studio.arguments import AUTO, Arguments
from engines.studio.config import CHAIRS, Production, where
from engines.studio.tonic import USUAL, key_of
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.units import VOICES

BPM: Final = (20.0, 300.0)
BARS: Final = (1, 1024)  # of a piece; of a section as many as remain
CANDIDATES: Final = (1, 64)
SEEDS: Final = (0, 2**31 - 1)


class Order(msgspec.Struct, frozen=True):
    """A piece to be written: the control that it begins with (its arrangement included) and its tempo."""

    control: Control
    bpm: float

    @property
    def bars(self) -> int:
        """Its length."""
        return sum(visit.bars for visit in self.control.arrangement)


def genre_of(
    arguments: Arguments, config: Production, genres: Mapping[str, Genre], file: str | Path | None = None
) -> Genre:
    """Return the genre that is asked for; ConfigError where only the configuration, of that file, asks for it."""
    start = config.start.genre
    if arguments.genre is None and start not in genres:
        told = f"no genre {start!r}; there are {', '.join(genres)}{nearest(start, tuple(genres))}"
        raise ConfigError(f"{where(file, 'start.genre')}start.genre: {told}", "start.genre")
    name = start if arguments.genre is None else arguments.genre
    if not isinstance(name, str) or name not in genres:
        raise wrong("genre", name, f"one of {', '.join(genres)}", nearest(str(name), tuple(genres)))
    return genres[name]


def control_of(arguments: Arguments, config: Production, genre: Genre, visits: Sequence[Visit]) -> Control:
    """Return the control that a piece of these visits begins with; ValueError names the argument that is wrong."""
    start = config.start
    arrangement = curved(arguments.tension_curve, visits, config.curves)
    first, harmony = arrangement[0], _harmony(arguments.chord_progression)
    return Control(
        genre=genre.name,
        section=first.section,
        tension=steady(first.curve[0] if first.curve else first.tension[0]),
        harmony=harmony,
        key=_key(arguments.key, harmony),
        tempo=steady(bpm_of(arguments, genre)),
        density=start.density,
        variation=number("variation_level", arguments.variation_level, 0.0, 1.0),
        humanize=_share("humanization_intensity", arguments.humanization_intensity, genre.humanize),
        swing=_share("swing", arguments.swing, genre.swing if start.swing is None else start.swing),
        chairs={voice: _chair(config, voice) for voice in VOICES},
        autopilot=True,
        arrangement=arrangement,
        after="again" if _switch("loop", arguments.loop) else "end",
        candidates=_whole("num_candidates", arguments.num_candidates, CANDIDATES, default=0),
        seed=seed_of(arguments, config),
    )


def bpm_of(arguments: Arguments, genre: Genre) -> float:
    """Return the tempo that is asked for, else the genre's own."""
    return genre.bpm[1] if arguments.bpm is None else number("bpm", arguments.bpm, *BPM)


def bars_of(arguments: Arguments, config: Production) -> int:
    """Return how many bars a piece has whose structure is not given."""
    return _whole("bars", arguments.bars, BARS, default=config.start.bars)


def seed_of(arguments: Arguments, config: Production) -> int:
    """Return the seed."""
    return _whole("seed", arguments.seed, SEEDS, default=config.start.seed)


def visits_of(structure: object, genre: Genre) -> tuple[Visit, ...]:
    """Return the sections of a structure, each as the genre draws it but for its length."""
    if not isinstance(structure, tuple):
        raise wrong("structure", structure, 'a list such as [{"section": "build", "bars": 16}], or None')
    visits = tuple(_visit(f"structure[{place}]", part, genre) for place, part in enumerate(structure))
    total = sum(visit.bars for visit in visits)
    if not BARS[0] <= total <= BARS[1]:
        raise wrong("structure", f"{total} bars", f"{BARS[0]}..{BARS[1]} bars in all")
    return visits


def curved(curve: object, visits: Sequence[Visit], curves: Mapping[str, Sequence[float]]) -> tuple[Visit, ...]:
    """Return the visits with their part of a tension curve over the whole piece; `auto` leaves them to the genre."""
    if curve == AUTO:
        return tuple(visits)
    if isinstance(curve, str):
        if curve not in curves:
            known = (AUTO, *curves)
            raise wrong("tension_curve", curve, f"{', '.join(known)}, or a list of 0..1", nearest(curve, known))
        curve = curves[curve]
    if not isinstance(curve, Sequence) or len(curve) < 2:
        raise wrong("tension_curve", curve, "auto, a name, or a list of two numbers 0..1 or more")
    points = [number(f"tension_curve[{place}]", value, 0.0, 1.0) for place, value in enumerate(curve)]
    total, done, shaped = sum(visit.bars for visit in visits), 0, []
    for visit in visits:
        values = tuple(_along(points, bar / total) for bar in range(done, done + visit.bars + 1))
        shaped.append(msgspec.structs.replace(visit, tension=(values[0], values[-1]), curve=values))
        done += visit.bars
    return tuple(shaped)


def experts_of(experts: object, players: Callable[[str], tuple[str, ...]]) -> dict[str, str]:
    """Check the choice of experts per chair; `players` returns who can play one."""
    if not isinstance(experts, Mapping):
        raise wrong("experts", experts, 'a mapping such as {"lead": "lead-gru"}')
    for chair, name in experts.items():
        if chair not in CHAIRS:
            raise wrong("experts", chair, f"chairs {', '.join(CHAIRS)}", nearest(str(chair), CHAIRS))
        names = players(chair)
        if name not in names:
            raise wrong(f"experts[{chair!r}]", name, f"one of {', '.join(names)}", nearest(str(name), names))
    return dict(experts)


def backend_of(name: object, known: Iterable[str]) -> str:
    """Check the name of a backend: `auto`, or who shall play all that it can."""
    names = (AUTO, *known)
    if name not in names:
        raise wrong("model_backend", name, f"one of {', '.join(names)}", nearest(str(name), names))
    return str(name)


def number(argument: str, value: Any, low: float, high: float) -> float:
    """Return a number in its range."""
    if not _is_number(value):
        raise wrong(argument, value, f"a number {low:.10g}..{high:.10g}")
    if not low <= value <= high:
        raise wrong(argument, value, f"{low:.10g}..{high:.10g}", f" (nearest: {min(high, max(low, value)):.10g})")
    return float(value)


def silent_of(arguments: Arguments) -> tuple[str, ...]:
    """Return the voices that rest throughout."""
    return () if _switch("accompaniment", arguments.accompaniment) else VOICES[1:]


def _switch(argument: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong(argument, value, "True or False")
    return value


def _share(argument: str, value: object, default: float) -> float:
    return default if value is None else number(argument, value, 0.0, 1.0)


def _whole(argument: str, value: object, span: tuple[int, int], *, default: int | None = None) -> int:
    if value is None and default is not None:
        return default
    found = number(argument, value, *span)
    if found != int(found):
        raise wrong(argument, value, f"a whole number {span[0]}..{span[1]}", f" (nearest: {round(found)})")
    return int(found)


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _visit(argument: str, part: object, genre: Genre) -> Visit:
    if not isinstance(part, Mapping) or set(part) != {"section", "bars"}:
        raise wrong(argument, part, '{"section": name, "bars": number}')
    name, names = part["section"], tuple(genre.sections)
    if name not in names:
        hint = nearest(str(name), names)
        raise wrong(f"{argument}['section']", name, f"a section of {genre.name}: {', '.join(names)}", hint)
    bars = _whole(f"{argument}['bars']", part["bars"], BARS)
    return msgspec.structs.replace(drawn(genre, name), bars=bars)


def _key(text: object, harmony: Harmony) -> Key:
    if text is None:
        return key_of(harmony.bars) if isinstance(harmony, Loop) else USUAL
    if not isinstance(text, str):
        raise wrong("key", text, 'text such as "Am", "F# minor", "C"')
    try:
        return Key.parse(text)
    except ValueError as error:
        raise ValueError(f"key: {error}") from error


def _harmony(chords: object) -> Harmony:
    if chords in (None, AUTO, (AUTO,)):
        return Auto()
    texts = [chords] if isinstance(chords, str) else chords
    if not isinstance(texts, Sequence) or not texts or not all(isinstance(text, str) for text in texts):
        raise wrong("chord_progression", chords, 'chords such as ["Am", "F", "C", "G"] or ["i", "VI"], or None')
    try:
        return Loop(parse_loop(list(texts)))
    except ValueError as error:
        raise ValueError(f"chord_progression: {error}") from error


def _chair(config: Production, voice: str) -> Chair:
    found = config.start.voices.get(voice)
    return Chair(level=found.level, density=found.density) if found else Chair()


def _along(points: Sequence[float], place: float) -> float:
    """Return the value at 0..1 of the way through equally spaced points."""
    at = place * (len(points) - 1)
    low = min(int(at), len(points) - 2)
    return points[low] + (points[low + 1] - points[low]) * (at - low)


def wrong(argument: str, value: object, allowed: str, hint: str = "") -> ValueError:
    """Return the error of an argument that does not fit."""
    return ValueError(f"{argument}: {str(value)[:80]!r} does not fit; allowed: {allowed}{hint}")
