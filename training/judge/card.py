"""The whole report card, part by part: real music, then who plays, then how they compare."""

import datetime as dt
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from engines.card import Card
from engines.genre import Genre
from engines.library import Library
from engines.measure.melody import FEWEST_NOTES
from training.benchmarks import record
from training.export import revision
from training.judge import (
    accompaniment,
    choices,
    copying,
    drums,
    harmony,
    heldout,
    lead,
    quantised,
    reference,
    tension,
    touch,
)
from training.judge.blueprints import Blueprint, blueprints, choose
from training.judge.copying import Tune
from training.judge.heard import Heard, Tick, excerpts, listen, rounds
from training.judge.lineup import Lineup
from training.judge.lineup import load as load_lineup
from training.judge.playing import Stage
from training.judge.reference import FolderError, Reference
from training.judge.result import LEARNED, UNDERSTUDY, Band, Comparison, Copy, Figure, Meta, Result
from training.judge.settings import Settings
from training.judge.statistics import holm

PARTS = ("what was learned from", "reference", "experts", "measures", "copies", "harmony", "drums", "touch")


class Judgement(msgspec.Struct, frozen=True):
    """What is asked: the models and their line-up, the reference, the data (None = not here), the numbers."""

    models: Path
    lineup: Mapping[str, Sequence[str]]
    genres: Mapping[str, Genre]
    settings: Settings
    reference: Path | None = None
    data: Path | None = None
    quick: bool = False


class Part(msgspec.Struct):
    """What the parts of the card found so far."""

    figures: list[Figure] = []
    bands: list[Band] = []
    comparisons: list[Comparison] = []
    copies: list[Copy] = []

    def add(self, bands: Sequence[Band], comparisons: Sequence[Comparison]) -> None:
        """Put bands and comparisons to the others."""
        self.bands, self.comparisons = [*self.bands, *bands], [*self.comparisons, *comparisons]


def work(asked: Judgement) -> int:
    """Return how often `judge` ticks at most."""
    return len(PARTS) + rounds(asked.settings)


def judge(asked: Judgement, tick: Tick = lambda _: None) -> Result:
    """Judge the line-up in use and the rules. Raises FolderError where there is no music to judge against."""
    numbers = asked.settings
    tick(PARTS[0])
    sides = heldout.sides(asked.data) if asked.data is not None else heldout.Sides(frozenset(), ())
    tick(PARTS[1])
    music, split = open_reference(asked, sides)
    sung = [song for song in music.songs if not split or song.name in sides.held_out]
    found = blueprints(sung, numbers.excerpt_bars, FEWEST_NOTES)
    chosen = choose(found, numbers.excerpts, numbers.seeds[0])
    tick(PARTS[2])
    lineup = load_lineup(Library(asked.models), asked.lineup)
    stage = Stage(asked.genres, numbers)
    heard = listen(stage, lineup, chosen, tick)
    part = Part()
    if chosen:
        tick(PARTS[3])
        _melody(part, (found, chosen), heard, lineup, numbers)
        tick(PARTS[4])
        _copying(part, heard, found, sides.known, numbers)
    tick(PARTS[5])
    songs = harmony.counted(music.facts, split=split)
    part.figures += harmony.judge(_shelved(asked, lineup, lineup.harmony), songs, asked.data)
    if lineup.chooser is not None:
        chorded = [song for song in music.songs if not split or song.name in sides.chords]
        places = blueprints(chorded, numbers.excerpt_bars, FEWEST_NOTES)
        part.add(*choices.judge(places, {LEARNED: lineup.chooser, UNDERSTUDY: stage.harmony}, numbers))
    tick(PARTS[6])
    _drums(part, heard, lineup, asked)
    tick(PARTS[7])
    part.figures += touch.judge(_shelved(asked, lineup, touch.NAME), asked.data)
    part.figures += quantised.judge(lineup.cards)
    part.figures += [Figure(name, *values, note="kept record") for name, values in record.compared().items()]
    settled = holm(part.comparisons, numbers.significance)
    part.figures.append(Figure("rules.better", float(sum(test.better == UNDERSTUDY for test in settled))))
    meta = _meta(asked, msgspec.structs.replace(music, songs=tuple(sung)), lineup, (len(chosen), stage.failures))
    return Result(meta, part.figures, part.bands, settled, excerpts(chosen, heard, lineup, numbers), part.copies)


def open_reference(asked: Judgement, sides: heldout.Sides) -> tuple[Reference, bool]:
    """Return the reference, and whether only its held-out songs count (they do in the data's own pop909)."""
    own = None if asked.data is None else asked.data / "pop909"
    folder = asked.reference or own
    if folder is None:
        raise FolderError("no reference: give --reference FOLDER, or --data FOLDER (or MELODY_DATA) with pop909 in it")
    split = own is not None and folder.resolve() == own.resolve()
    kept = sides.held_out | sides.chords
    return reference.read(folder, (lambda name: name in kept) if split else (lambda _: True)), split


def _melody(
    part: Part, blueprints: tuple[list[Blueprint], list[Blueprint]], heard: Heard, lineup: Lineup, numbers: Settings
) -> None:
    found, chosen = blueprints
    lines = {who: lead.lines(bars) for who, bars in heard.voice("lead").items()}
    figures, bands, tests = lead.judge(found, chosen, lines, numbers)
    others, more = accompaniment.judge(chosen, heard.around, numbers)
    part.figures += [*figures, *tension.judge(heard.arcs, numbers), *others]
    # a voice that plays by rules on both sides has nothing to compare
    part.add(bands, tests if lineup.learned("lead") else ())
    part.add((), more if lineup.learned(*accompaniment.VOICES) else ())


def _copying(part: Part, heard: Heard, real: Sequence[Blueprint], known: Sequence[Tune], numbers: Settings) -> None:
    if not known:
        part.figures.append(Figure("lead.copied.run", None, note="no training songs: give --data"))
        return
    human = copying.copies([_tune(each) for each in real], known, numbers.copying.shingles)
    limit = copying.threshold(human, numbers.copying.human)
    found = {
        who: copying.copies(
            [copying.tune_of(name, bars) for name, bars in each.items()], known, numbers.copying.shingles
        )
        for who, each in heard.voice("lead").items()
    }
    part.copies = found[LEARNED]
    part.figures += copying.judge(found[LEARNED], found[UNDERSTUDY], human, limit)


def _tune(each: Blueprint) -> Tune:
    return Tune(each.name, tuple(note[0] for note in each.melody), tuple(note[2] for note in each.melody))


def _drums(part: Part, heard: Heard, lineup: Lineup, asked: Judgement) -> None:
    drummer = lineup.experts.get("drums")
    part.figures += drums.judge(_shelved(asked, lineup, drummer.name if drummer else ""), asked.data)
    if drummer is not None:
        part.add(*drums.style(asked.data, heard.voice("drums"), asked.settings))


def _shelved(asked: Judgement, lineup: Lineup, name: str) -> tuple[Path, Card] | None:
    """Return where an expert in use lies, and its card; None for the rules."""
    card = lineup.cards.get(name)
    return None if card is None else (asked.models / name / card.version, card)


def _meta(asked: Judgement, music: Reference, lineup: Lineup, counts: tuple[int, int]) -> Meta:
    excerpts_, failures = counts
    missing = [*music.missing, *lineup.problems]
    if not excerpts_:
        missing.append("no excerpt with melody and chords: lead, accompaniment and drums' style are not judged")
    if failures:
        missing.append(f"{failures} bars were played by the understudy for an expert that could not")
    return Meta(
        date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        revision=revision(),
        seeds=list(asked.settings.seeds),
        reference=music.folder,
        data_sha256=music.sha256,
        songs=len(music.songs),
        excerpts=excerpts_,
        quick=asked.quick,
        lineup=lineup.names,
        missing=missing,
    )
