"""`melody-engine`: thin command lines over the server and the engines. Heavy imports stand in the commands."""

import sys
from pathlib import Path

import click

from tools.analyse import analyse
from tools.bench import bench
from tools.eval import evaluate
from tools.failure import FILE, JSON, Commands
from tools.generate import generate
from tools.models import models
from tools.report import text

CONFIG = click.option("--config", "files", type=FILE, multiple=True, help="YAML laid over the shipped defaults.")
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where the server runs.")
PORT = click.option("--port", default=9000, show_default=True, type=click.IntRange(1, 65535), help="Its OSC port.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="melody-engine")
def main() -> None:
    """Play live: control in over OSC, MIDI or MQTT, five voices out."""


main.add_command(analyse)
main.add_command(bench)
main.add_command(evaluate)
main.add_command(generate)
main.add_command(models)


@main.command()
@CONFIG
@click.option("--lan", is_flag=True, help="Open OSC and the page to the network.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path), help="Write what sounds to this .mid.")
@click.option("--bars", type=click.IntRange(1), help="Play so many bars, the last one as an ending, then exit.")
@click.option("--autoplay", is_flag=True, help="Start playing at once.")
@click.option("--unguarded", is_flag=True, hidden=True, help="Be main itself; the guard starts it so.")
def serve(
    files: tuple[Path, ...], *, lan: bool, record: Path | None, bars: int | None, autoplay: bool, unguarded: bool
) -> None:
    """Play: the live server."""
    if not unguarded:
        from server.guard import guard

        sys.exit(guard([sys.executable, "-m", "tools", "serve", "--unguarded", *_spelled(click.get_current_context())]))
    from server.app import run
    from server.config import load, naming_the_line
    from tools.beside import view
    from tools.invitation import invite

    settings = invite(load(files), lan=lan)
    with naming_the_line(files), view(settings.osc, shown=sys.stdout.isatty()):
        code = run(settings, lan=lan, record=record, bars=bars, autoplay=autoplay)
    sys.exit(code)


def _spelled(context: click.Context) -> list[str]:
    """Return the options of the running command as words again."""
    words: list[str] = []
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if value is True:
            words.append(option.opts[0])
        elif value not in (None, False, ()):
            words += [
                word for one in (value if isinstance(value, tuple) else (value,)) for word in (option.opts[0], str(one))
            ]
    return words


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("address")
@click.argument("args", nargs=-1)
@HOST
@PORT
@click.option("--timeout", default=1.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds to wait.")
def send(address: str, args: tuple[str, ...], host: str, port: int, timeout: float) -> None:
    """Send one OSC message, such as /tension 0.8, and print the reply; `ok` where there is none to print."""
    from server.surfaces.osc.client import rejections, request, typed

    replies = request(host, port, address, typed(address, args), timeout)
    refused = rejections(replies)
    told = [" ".join((r.address, *(text(value) for value in r.args))) for r in replies if r.address != "/rejected"]
    for line in [*told, *(f"rejected: {reason}" for reason in refused)] or ["ok"]:
        click.echo(line)
    sys.exit(bool(refused))


@main.command()
@CONFIG
@JSON
def ports(files: tuple[Path, ...], json: Path | None) -> None:
    """Show MIDI systems and ports of this machine, and what is missing."""
    from server.config import load
    from tools.ports import run

    run(load(files).midi, json)


@main.command()
@HOST
@PORT
@click.option("--beside", is_flag=True, hidden=True, help="Started by serve, which tells its log on stdin.")
def monitor(host: str, port: int, beside: bool) -> None:
    """Watch a server live: bar, section, tension, voices, experts, lateness."""
    from tools.watch import watch

    watch(host, port, sys.stdin if beside else None)


@main.command()
@click.argument("journal", type=FILE)
@CONFIG
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The .mid to write.")
def replay(journal: Path, files: tuple[Path, ...], out: Path | None) -> None:
    """Make the music of a journal's last performance again, or a generation log's last piece; 1 when a bar differs."""
    from engines.studio.log import is_log
    from tools import replay, retake

    run = retake.run if is_log(journal) else replay.run
    sys.exit(run(journal, out or journal.with_name(f"{journal.stem}-replay.mid"), files))


@main.group()
def config() -> None:
    """Show or check the configuration."""


@config.command("show")
@click.argument("file", type=FILE, required=False)
@CONFIG
def config_show(file: Path | None, files: tuple[Path, ...]) -> None:
    """Print the effective values as YAML that loads again."""
    from server.config import dump, load

    click.echo(dump(load([*files, *([file] if file else [])])), nl=False)


@config.command("check")
@click.argument("files", type=FILE, nargs=-1, required=True)
def config_check(files: tuple[Path, ...]) -> None:
    """Prove a configuration: keys, types, ranges, and that genre, section and experts exist."""
    from engines.genre import load_genres
    from engines.library import Library
    from engines.strict import read
    from server.config import Config, genres_folder, load, models_folder, naming_the_line
    from server.lineup import misfits
    from server.opening import first_control

    settings = load(files)
    with naming_the_line(files):
        first_control(settings, load_genres(genres_folder(settings)))
        for _, _, misfit in misfits(settings.band.lineup, Library(models_folder(settings))):
            if any(misfit.key in read(path, Config).lines for path in files):
                raise misfit
            click.echo(f"{misfit} (by default; serve leaves it out)")
    click.echo("good")
