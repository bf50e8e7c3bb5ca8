"""Writing all pieces of an evaluation: one row each, kept in a file, so that an interrupted run goes on."""

import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engines import MelodyEngine, Piece
from engines.ensemble import RULES
from engines.seed import mix
from engines.studio.config import CHAIRS
from training.judge.pieces.tasks import Task
from training.judge.result import Excerpt

AUTO: Final = "auto"


class Row(msgspec.Struct, frozen=True):
    """One piece. work: what it was written with (line-up, versions, arguments); trouble: a crash, "" without.

    figures: of the scorecard; notes: by voice; ms: generation per bar; fallbacks: bars of chairs that the rules played
    because an expert could not.
    """

    backend: str
    number: int
    genre: str
    section: str
    work: str
    figures: dict[str, float] = {}
    notes: dict[str, int] = {}
    ms: float = 0.0
    fallbacks: int = 0
    trouble: str = ""


class Work:
    """Rows that are done, by their work; appended to a file if there is one."""

    def __init__(self, file: Path | None) -> None:
        """Take up what the file holds."""
        self._file = file
        self.rows: dict[str, Row] = {}
        if file is not None and file.exists():
            for line in file.read_bytes().splitlines():
                try:
                    row = msgspec.json.decode(line, type=Row)
                except msgspec.MsgspecError:
                    continue  # a line torn by an interruption
                self.rows[row.work] = row

    def add(self, row: Row) -> None:
        """Keep a row."""
        self.rows[row.work] = row
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(row) + b"\n")


def name_of(engine: MelodyEngine, backend: str, task: Task) -> str:
    """Return the name of a work: another expert, configuration or argument is other work."""
    return f"{mix(*engine.versions(), repr(engine.config), backend, repr(task)):x}"


def run(engine: MelodyEngine, backends: Sequence[str], found: Sequence[Task], work: Work) -> Iterator[Row]:
    """Write what is not written yet, task by task; yield every row, those that were there, too."""
    for task in found:
        for backend in backends:
            name = name_of(engine, backend, task)
            if name not in work.rows:
                work.add(_row(engine, backend, task, name))
            yield work.rows[name]


def _row(engine: MelodyEngine, backend: str, task: Task, name: str) -> Row:
    try:
        piece = _written(engine, backend, task)
        card = piece.scores
    except Exception:  # whatever happens in one piece is a result, and the others go on
        trouble = traceback.format_exc(limit=-1).strip().splitlines()[-1]
        return Row(backend, task.number, task.genre, task.section, name, trouble=trouble)
    spent = sum(ms for stage, ms in piece.stages.items() if stage != "loading experts")
    return Row(
        backend=backend,
        number=task.number,
        genre=task.genre,
        section=task.section,
        work=name,
        figures={figure: one.value for figure, one in card.figures.items()},
        notes={voice: one.notes for voice, one in card.voices.items()},
        ms=spent / len(piece.bars),
        fallbacks=len(piece.misses),
    )


def excerpt(engine: MelodyEngine, backend: str, task: Task) -> Excerpt:
    """Write a piece once more, to be seen and heard."""
    piece = _written(engine, backend, task)
    notes: dict[str, list[tuple[int, int, int, int]]] = {
        voice: [(note.tick, note.duration, note.pitch, note.velocity) for note in found]
        for voice, found in piece.notes.items()
    }
    players: dict[str, Any] = {chair: player.expert for chair, player in piece.bars[0].players.items()}
    return Excerpt(
        blueprint=f"{task.genre} {task.section} {task.number}",
        player=backend,
        bpm=piece.order.bpm,
        bars=len(piece.bars),
        key=piece.order.control.key.name,
        seed=piece.order.control.seed,
        chords=[list(dict.fromkeys(chord.name for chord in plan.chords)) for plan in piece.plan],
        tension=list(piece.scores.wished),
        realised=list(piece.scores.heard),
        notes=notes,
        experts=players,
    )


def _written(engine: MelodyEngine, backend: str, task: Task) -> Piece:
    """Write a task: an expert plays whatever it can, the rules play the rest; what differs from theirs is its own."""
    rest = {chair: RULES for chair in CHAIRS if backend not in (AUTO, *engine.players(chair))}
    return engine.generate(**task.arguments, model_backend=backend, experts=rest)
