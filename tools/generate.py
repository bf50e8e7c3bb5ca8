"""`melody-engine generate`: a whole piece as MIDI files, picture, log and, where wanted, sound."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from engines.units import VOICES
from tools.failure import FILE, Refused
from tools.generate_words import Wishes, in_options, wishes

if TYPE_CHECKING:
    from engines.studio import Piece

COMBINED, PICTURE, SOUND, LOG = "combined.mid", "piece.png", "piece.wav", "generation.jsonl"
POSSIBLE: Final = (COMBINED, PICTURE, SOUND, LOG, *(f"{voice}.mid" for voice in VOICES))
Write = Callable[["Piece", Path], object]


@click.command()
@click.option("--key", help='"Am", "F# minor", "C", "D dorian"; default: that of the chords, else Am.')
@click.option("--bpm", help="Tempo, 20..300; default: the genre's.")
@click.option(
    "--chords", help='"Am F C G" or "i VI III VII"; several in a bar: "Am F|G". Default: the harmony chair chooses.'
)
@click.option(
    "--structure", help="Sections and their bars: build:16,drop:32. Default: the form chair plans --bars bars."
)
@click.option("--bars", help="Length of a piece without --structure, 1..1024, default 96.")
@click.option(
    "--curve", help='Tension: auto (default, by sections), a name such as arch, or "0.2,0.8,…" over the piece.'
)
@click.option("--variation", help="How far bars stray from those before, 0..1, default 0.3.")
@click.option("--humanize", help="Human unevenness of time and velocity, 0..1; default: the genre's.")
@click.option("--swing", help="Delay of every second 16th, 0..1; 1 = triplets. Default: the genre's.")
@click.option("--backend", help="auto (default), or an expert that plays whatever it can; rules is always there.")
@click.option("--expert", "experts", multiple=True, metavar="CHAIR=NAME", help="Who plays a chair: lead=lead-gru.")
@click.option("--no-accompaniment", is_flag=True, help="The lead alone.")
@click.option("--candidates", help="Drafts the lead chooses among, 1..64; default: as its card says.")
@click.option("--genre", help="A genre of the configuration.")
@click.option("--seed", help="0..2147483647, default 0: the same seed and arguments, the same piece.")
@click.option("--loop", is_flag=True, help="The last bar leads back to the first; else the piece has an ending.")
@click.option("--config", type=FILE, help="YAML laid over the shipped production.yaml.")
@click.option("--audio", is_flag=True, help=f"Write {SOUND}, too (fluidsynth).")
@click.option("--no-picture", is_flag=True, help=f"Do not write {PICTURE}.")
@click.option("--profile", is_flag=True, help="Show what took how long, beside what it may take.")
@click.option("-o", "--out", "folder", default="out", show_default=True, help="Folder to write to.")
def generate(*, config: Path | None, audio: bool, no_picture: bool, profile: bool, folder: str, **options: Any) -> None:
    """Write a whole piece: combined.mid, a file per voice, a picture, and a log that replay makes it from again."""
    from engines.studio import place, sound
    from engines.studio.config import load
    from tools.generate_profile import Stopwatch, table

    wished, out = wishes(options), Path(folder)
    with _refusing_the_place():
        if not folder:  # of a shell's variable that is not set: Path would take it for this one
            raise FileNotFoundError("no folder is named; such as out, or . for this one")
        place.check_folder(out)
        if out.is_dir():
            for name in POSSIBLE:
                place.check(out / name)
    if audio:
        sound.find(load(config).audio.soundfonts)  # told now, not after the piece is written
    piece = _generated(config, wished)
    watch = Stopwatch()
    files = _write(piece, out, _parts(picture=not no_picture, audio=audio), watch)
    piece.print_scorecard()
    for line in _told(piece, out, files, picture=not no_picture):
        click.echo(line)
    if profile:
        table(piece.stages | watch.stages, len(piece.bars), beyond=(PICTURE, SOUND))


def _generated(config: Path | None, wished: Wishes) -> "Piece":
    from engines import MelodyEngine

    engine = MelodyEngine(config)
    try:
        with _progress() as progress:
            return engine.generate(**wished, progress=progress)
    except ValueError as error:
        told = in_options(str(error))
        if told is None:  # not about an argument
            raise
        raise Refused(told, 2) from error


def _parts(*, picture: bool, audio: bool) -> dict[str, Write]:
    """Return what is to be written, by stage."""
    from engines.studio import midifile
    from engines.studio import picture as pictures

    def midi(piece: "Piece", folder: Path) -> None:
        midifile.write_combined(piece, folder / COMBINED)
        midifile.write_voices(piece, folder)

    parts: dict[str, Write] = {
        "MIDI export": midi,
        "scorecard, log": lambda piece, folder: piece.save_log(folder / LOG),
    }
    if picture and pictures.available():
        parts[PICTURE] = lambda piece, folder: piece.save_picture(folder / PICTURE)
    if audio:
        parts[SOUND] = lambda piece, folder: piece.save_audio(folder / SOUND)
    return parts


def _write(piece: "Piece", out: Path, parts: dict[str, Write], watch: Any) -> list[Path]:
    """Write all parts beside, then move them to where they belong: all of a piece, or nothing of it."""
    from engines.studio import place

    with _ending_in_order(), place.folder(out), TemporaryDirectory(dir=out, prefix=".melody-engine-") as scratch:
        try:
            for stage, write in parts.items():
                with watch.timing(stage):
                    write(piece, Path(scratch))
        except OSError as error:  # of a file that nobody has asked for: its place was to be another
            raise type(error)(str(error).replace(scratch, str(out))) from error
        return [each.replace(out / each.name) for each in sorted(Path(scratch).iterdir())]


def _told(piece: "Piece", out: Path, files: list[Path], *, picture: bool) -> Iterator[str]:
    from engines.studio import picture as pictures

    yield f"{out}: {', '.join(file.name for file in files)}"
    older = sorted(name for name in set(POSSIBLE) - {LOG, *(file.name for file in files)} if (out / name).exists())
    if older:
        yield f"{out}: {', '.join(older)}: of an earlier piece"
    if not any(piece.notes.values()):
        sections = ", ".join(dict.fromkeys(plan.section for plan in piece.plan))
        yield f"{out}: no note: whoever plays rests in {sections}; --structure names other sections"
    if picture and not pictures.available():
        yield pictures.MISSING


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """End on SIGTERM as on SIGINT: by an exception, which leaves nothing half done behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _refusing_the_place() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"-o: {error}", 2) from error


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show bars, rate and remaining time on stderr, and leave nothing behind."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0.0:.0f} bars/s")

    columns = (TextColumn("bars"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("", total=None)

    def tick(done: int, bars: int) -> None:
        progress.start()  # with the first bar: a refusal stands alone
        progress.update(task, completed=done, total=bars)

    try:
        yield tick
    finally:
        progress.stop()
