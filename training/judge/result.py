"""What a judgement found: one JSON-able value from which tables, the JSON file and the page are made."""

from typing import Any, Final

import msgspec

LEARNED: Final = "learned"
UNDERSTUDY: Final = "understudy"
REAL: Final = "real"


class Figure(msgspec.Struct, frozen=True):
    """One figure under its name in `names`. value, baseline: None = not judged here, and `note` says why."""

    name: str
    value: float | None
    baseline: float | None = None
    note: str = ""


class Band(msgspec.Struct, frozen=True):
    """One feature of one voice: percentiles of real excerpts, and how each player lies to them.

    real: p10, p25, p50, p75, p90. means, medians: by player. inside: share of a player's excerpts in p10..p90.
    overlap: overlapping area 0..1 of the distances among real excerpts and from them to a player's (Yang & Lerch);
    common: the stricter area of the densities of the values themselves. REAL: one half of the excerpts to the other.
    """

    voice: str
    feature: str
    real: tuple[float, float, float, float, float]
    means: dict[str, float]
    inside: dict[str, float]
    overlap: dict[str, float]
    common: dict[str, float] = {}
    medians: dict[str, float] = {}


class Comparison(msgspec.Struct, frozen=True):
    """The learned player against the understudy on one feature.

    test: wilcoxon (paired by blueprint and seed) or mann-whitney. learned, understudy: means, of lead, drums and
    harmony of their misfit (`statistics.misfits`, 0 = spread as real music), of accompaniment of the figure itself.
    difference: learned less understudy, low..high its bootstrap 95 % interval. p_holm: corrected over all comparisons
    of the card. better: who is nearer to real music (or has the better figure) at p_holm < .05, else "neither".
    """

    voice: str
    feature: str
    test: str
    count: int
    learned: float
    understudy: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    better: str


class Excerpt(msgspec.Struct, frozen=True):
    """Some bars to see and to hear: real, or played over the same chords.

    blueprint: the same for the excerpts that a listener may compare. notes: by voice (onset, duration in ticks from
    the first bar line; pitch; velocity). chords: names, one list a bar. tension: wished 0..1 per bar;
    realised: the measured curve per bar.
    """

    blueprint: str
    player: str
    bpm: float
    bars: int
    key: str
    seed: int
    chords: list[list[str]]
    tension: list[float]
    realised: list[float]
    notes: dict[str, list[tuple[int, int, int, int]]]
    experts: dict[str, str] = {}


class Copy(msgspec.Struct, frozen=True):
    """The nearest neighbour of a line in the training songs: `run` notes alike up to transposition, and where.

    shares: of the line's shingles of 8, 12 and 16 that a training song has. bars from 0, of both sides.
    """

    piece: str
    run: int
    shares: tuple[float, float, float]
    song: str
    bar: int
    song_bar: int


class Meta(msgspec.Struct, frozen=True):
    """Whence a judgement: when, where, what was judged, on which music."""

    date: str
    machine: str
    revision: str
    seeds: list[int]
    reference: str
    data_sha256: str
    songs: int
    excerpts: int
    quick: bool
    lineup: dict[str, str]
    missing: list[str] = []


class Result(msgspec.Struct, frozen=True):
    """A judgement."""

    meta: Meta
    figures: list[Figure]
    bands: list[Band] = []
    comparisons: list[Comparison] = []
    excerpts: list[Excerpt] = []
    copies: list[Copy] = []

    def value(self, name: str) -> float | None:
        """Return the value of a figure, None where it was not judged."""
        return next((figure.value for figure in self.figures if figure.name == name), None)


def as_json(result: Result) -> dict[str, Any]:
    """Return the JSON form: every figure by its name, then meta, baselines, notes, bands, comparisons and copies."""
    return {
        **{figure.name: figure.value for figure in result.figures},
        "meta": msgspec.to_builtins(result.meta),
        "baselines": {f.name: f.baseline for f in result.figures if f.baseline is not None},
        "notes": {f.name: f.note for f in result.figures if f.note},
        "bands": msgspec.to_builtins(result.bands),
        "comparisons": msgspec.to_builtins(result.comparisons),
        "copies": msgspec.to_builtins(result.copies),
    }
