"""What an analysis says: one JSON-able value. Bars and the metre's beats count from 1; ticks are 480 a quarter."""

import msgspec

from engines.analysis.cadence import Kind
from engines.analysis.melody import Shape
from engines.analysis.numerals import Function
from engines.analysis.rhythm import Cross, Timing
from engines.analysis.scale import Scale


class KeyArea(msgspec.Struct, frozen=True):
    """A key from a place on."""

    bar: int
    beat: float
    tick: int
    end: int
    key: str


class ChordMark(msgspec.Struct, frozen=True):
    """A chord with its numeral and function in its key."""

    bar: int
    beat: float
    tick: int
    end: int
    chord: str
    numeral: str
    key: str
    function: Function


class CadenceMark(msgspec.Struct, frozen=True):
    """A cadence, where its last chord begins; chords: its two numerals."""

    bar: int
    beat: float
    tick: int
    kind: Kind
    key: str
    chords: str


class MetreMark(msgspec.Struct, frozen=True):
    """A time signature from a bar on."""

    bar: int
    metre: str


class Harmony(msgspec.Struct, frozen=True):
    """Of the whole or of a section. functions: shares of the time. loop: the numerals that go round, "" for none.

    off_key: share of the time of chords with a tone off the key's scale.
    """

    changes_per_bar: float
    functions: dict[str, float]
    off_key: float
    secondary_dominants: int
    loop: str


class TrackReport(msgspec.Struct, frozen=True):
    """One track. lead: the melody. voices: mean of notes that begin together. scale, shape: None for drums."""

    name: str
    channel: int
    program: int
    drum: bool
    lead: bool
    notes: int
    voices: float
    timing: Timing
    scale: Scale | None
    shape: Shape | None


class SectionReport(msgspec.Struct, frozen=True):
    """One section. name: the file's word. playing: names of the tracks that have notes in it."""

    letter: str
    name: str
    bar: int
    bars: int
    key: str
    numerals: str
    harmony: Harmony
    timing: Timing
    cadence: str
    playing: tuple[str, ...]


class Analysis(msgspec.Struct, frozen=True):
    """A whole piece. key: in which most of the time is spent; areas: all in order. written_key: the file's own word."""

    bars: int
    seconds: float
    notes: int
    tempo: tuple[float, float, float]
    metres: tuple[MetreMark, ...]
    key: str
    written_key: str
    idiom: str
    scale: Scale | None
    areas: tuple[KeyArea, ...]
    chords: tuple[ChordMark, ...]
    harmony: Harmony
    cadences: tuple[CadenceMark, ...]
    timing: Timing
    crosses: tuple[Cross, ...]
    form: str
    sections: tuple[SectionReport, ...]
    tracks: tuple[TrackReport, ...]
    sections_told: bool
