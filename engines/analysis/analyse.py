"""analyse: music in, everything said about it out; pure, the same every time."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from engines.analysis.cadence import Cadence, cadences
from engines.analysis.form import Part, parts
from engines.analysis.harmony import Heard, harmony
from engines.analysis.lead import lead_of, line_of
from engines.analysis.loop import loop_of
from engines.analysis.melody import shape
from engines.analysis.metre import Grid
from engines.analysis.music import Ints, Music, Track, together
from engines.analysis.numerals import Named, named
from engines.analysis.odds import Odds, in_key, load_idioms
from engines.analysis.result import (
    Analysis,
    CadenceMark,
    ChordMark,
    Harmony,
    KeyArea,
    MetreMark,
    SectionReport,
    TrackReport,
)
from engines.analysis.rhythm import crosses, timing
from engines.analysis.scale import scale
from engines.analysis.settings import Settings, settings
from engines.analysis.words import scale_of
from engines.theory.key import Key

_SILENT_KEY = Key(0, "major")


def analyse(
    music: Music,
    key: Key | None = None,
    using: Settings | None = None,
    idioms: dict[str, Odds] | None = None,
    told: tuple[Heard, ...] | None = None,
) -> Analysis:
    """Return the analysis of a music, all in `key` where one is told; without pitched notes there is no harmony.

    told: its chords and keys where they are known: then nothing is looked for.
    """
    using, idioms = using or settings(), idioms if idioms is not None or told is not None else load_idioms()
    if key is not None and idioms:
        idioms = {name: in_key(odds, key) for name, odds in idioms.items()}
    return _Work(music, using, idioms or {}, told).analysis()


class _Work:
    """The parts of one analysis that others build on."""

    def __init__(self, music: Music, using: Settings, idioms: dict[str, Odds], told: tuple[Heard, ...] | None) -> None:
        self.music, self.using, self.grid = music, using, Grid(music)
        self.lead = lead_of(music, using.lead_names)
        found = (told, "") if told is not None else harmony(music, self.grid, self.lead, idioms, using.decoding)
        heard, self.idiom = found
        self.chords = named(heard)
        self.home = home(heard)
        self.line = line_of(self.lead.notes) if self.lead else np.zeros((0, 4), np.int64)
        self.shape = shape(self.line, using.melody)
        self.parts = parts(music, self.grid, using.form)
        self.cadences = cadences(self.chords, self.grid, self.line, self._ends())

    def _ends(self) -> frozenset[int]:
        """Return the ticks at which a phrase of the lead ends, or, where there is no lead, a section."""
        if self.shape is not None:
            return frozenset(phrase.end for phrase in self.shape.phrases)
        return frozenset(int(self.grid.bars[part.last]) for part in self.parts)

    def analysis(self) -> Analysis:
        music, grid, every = self.music, self.grid, together([track.notes for track in self.music.tracks])
        tempos = [tempo.bpm for tempo in music.tempos] or [120.0]
        key = self.home.name if self.chords else ""
        return Analysis(
            bars=grid.count if len(every) else 0,
            seconds=round(grid.seconds(music.end), 2),
            notes=len(every),
            tempo=(tempos[0], min(tempos), max(tempos)),
            metres=tuple(MetreMark(grid.bar(m.tick) + 1, f"{m.beats}/{m.unit}") for m in grid.metres),
            key=key,
            written_key=music.keys[0][1] if music.keys else "",
            idiom=self.idiom,
            scale=scale(music.pitched, self.home, self.using.melody),
            areas=self._areas(),
            chords=tuple(map(self._mark, self.chords)),
            harmony=self._harmony(self.chords, max(1, grid.count)),
            cadences=tuple(map(self._cadence, self.cadences)),
            timing=timing(every, grid, self.using.rhythm),
            crosses=tuple(crosses(music.tracks, grid, self.using.rhythm)),
            form="".join(part.letter for part in self.parts) if len(every) else "",
            sections=tuple(self._section(part, every) for part in self.parts) if len(every) else (),
            tracks=tuple(map(self._track, music.tracks)),
            sections_told=bool(music.markers),
        )

    def _areas(self) -> tuple[KeyArea, ...]:
        found: list[KeyArea] = []
        for chord in self.chords:
            if found and found[-1].key == chord.key.name:
                last = found.pop()
                found.append(KeyArea(last.bar, last.beat, last.tick, chord.end, last.key))
            else:
                found.append(KeyArea(*self.grid.place(chord.tick), chord.tick, chord.end, chord.key.name))
        return tuple(found)

    def _mark(self, chord: Named) -> ChordMark:
        where = *self.grid.place(chord.tick), chord.tick, chord.end
        return ChordMark(*where, chord.chord.name_in(chord.key), chord.numeral.name, chord.key.name, chord.function)

    def _cadence(self, cadence: Cadence) -> CadenceMark:
        where = *self.grid.place(cadence.tick), cadence.tick
        return CadenceMark(*where, cadence.kind, cadence.key.name, f"{cadence.first} {cadence.last}")

    def _harmony(self, chords: Sequence[Named], bars: int) -> Harmony:
        time: Counter[str] = Counter()
        foreign = 0
        for chord in chords:
            time[chord.function] += chord.end - chord.tick
            outside = not scale_of(chord.key).issuperset(chord.chord.pitch_classes)
            foreign += outside * (chord.end - chord.tick)
        total = max(1, sum(time.values()))
        changes = sum(a.chord.root != b.chord.root or a.chord.quality != b.chord.quality for a, b in pairwise(chords))
        return Harmony(
            changes_per_bar=round((changes + bool(chords)) / bars, 2),
            functions={name: round(value / total, 3) for name, value in sorted(time.items())},
            off_key=round(foreign / total, 3),
            secondary_dominants=sum(chord.numeral.applied is not None for chord in chords),
            loop=loop_of(chords),
        )

    def _section(self, part: Part, every: Ints) -> SectionReport:
        begin, end = int(self.grid.bars[part.first]), int(self.grid.bars[part.last])
        chords = [chord for chord in self.chords if chord.tick < end and chord.end > begin]
        ends = [each.kind for each in self.cadences if begin <= each.tick < end]
        playing = [t.name for t in self.music.tracks if ((t.notes[:, 0] >= begin) & (t.notes[:, 0] < end)).any()]
        return SectionReport(
            letter=part.letter,
            name=part.name,
            bar=part.first + 1,
            bars=part.last - part.first,
            key=home(chords).name if chords else "",
            numerals=" ".join(numerals_of(chords)),
            harmony=self._harmony(chords, part.last - part.first),
            timing=timing(every, self.grid, self.using.rhythm, begin, end),
            cadence=ends[-1] if ends else "",
            playing=tuple(playing),
        )

    def _track(self, track: Track) -> TrackReport:
        line = self.shape if track is self.lead else shape(line_of(track.notes), self.using.melody)
        return TrackReport(
            name=track.name,
            channel=track.channel,
            program=track.program,
            drum=track.drum,
            lead=track is self.lead,
            notes=len(track.notes),
            voices=round(len(track.notes) / max(1, len(np.unique(track.notes[:, 0]))), 2),
            timing=timing(track.notes, self.grid, self.using.rhythm),
            scale=None if track.drum or not self.chords else scale(track.notes, self.home, self.using.melody),
            shape=None if track.drum else line,
        )


def home(chords: Sequence[Heard | Named]) -> Key:
    """Return the key in which most of the time is spent; C major for nothing."""
    time: Counter[Key] = Counter()
    for chord in chords:
        time[chord.key] += chord.end - chord.tick
    return time.most_common(1)[0][0] if time else _SILENT_KEY


def numerals_of(chords: Sequence[Named]) -> list[str]:
    """Return the numerals in order, equal neighbours once, a new key before its first."""
    words: list[str] = []
    key = None
    for chord in chords:
        if chord.key != key:
            words.append(f"{chord.key.name}:")
            key = chord.key
        if words[-1] != chord.numeral.name:
            words.append(chord.numeral.name)
    return words
