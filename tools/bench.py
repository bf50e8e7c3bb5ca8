"""`melody-engine bench`: measurements, printed as tables and written as JSON."""

from pathlib import Path

import click

from tools.failure import FILE, JSON
from tools.report import show_result, write_json


@click.group()
def bench() -> None:
    """Measure this machine: live bars, note timing, OSC, experts, the page."""


@bench.command()
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long to play.")
@click.option("--bpm", default=174.0, show_default=True, type=click.FloatRange(20, 300), help="Tempo.")
@click.option("--hog", is_flag=True, help="With a busy loop on every core.")
@click.option("--page", is_flag=True, help="With the page open and heard in a browser of this machine.")
@click.option("--config", "files", type=FILE, multiple=True, help="As for serve: another line-up, for example.")
@JSON
def live(*, seconds: float, bpm: float, hog: bool, page: bool, files: tuple[Path, ...], json: Path | None) -> None:
    """Bars in real time: generation, headroom, late bars, understudies."""
    from tools.bench_live import run

    result = run(seconds, bpm, hog=hog, page=page, files=files)
    show_result("live", result)
    write_json(json, result)


@bench.command()
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="How long, per backend.")
@click.option("--load", is_flag=True, help="With a busy process on every core.")
@JSON
def timing(seconds: float, load: bool, json: Path | None) -> None:
    """Onset error of notes and MIDI clock at a JACK receiver, and at rtmidi's send call."""
    from tools.bench_timing import run

    result = run(seconds, load)
    show_result("timing", result)
    write_json(json, result)


@bench.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the server runs.")
@click.option("--port", default=9000, show_default=True, type=click.IntRange(1, 65535), help="Its OSC port.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long to flood.")
@click.option("--rate", default=5000, show_default=True, type=click.IntRange(1), help="Messages per second.")
@click.option("--pid", type=click.IntRange(1), help="The server's main process, to be stopped for 50 ms in a burst.")
@JSON
def osc(*, host: str, port: int, seconds: float, rate: int, pid: int | None, json: Path | None) -> None:
    """Floods, bursts and hostile packets against a running server: what was lost, how long it took."""
    from tools.bench_osc import run

    result = run(host, port, seconds, rate, pid)
    show_result("osc", result)
    write_json(json, result)


@bench.command()
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(1), help="How long, per run.")
@JSON
def web(*, seconds: float, json: Path | None) -> None:
    """Onset error, late bars and memory with 20 pages at 60 Hz, one that never reads, and 5,000 OSC messages/s."""
    from tools.bench_web import run

    result = run(seconds)
    show_result("web", result)
    write_json(json, result)


@bench.command()
@click.option("--bars", default=64, show_default=True, type=click.IntRange(8), help="Bars of music asked for.")
@click.option("--config", "files", type=FILE, multiple=True, help="Configuration that names the folders.")
@JSON
def experts(bars: int, files: tuple[Path, ...], json: Path | None) -> None:
    """Milliseconds per bar of every expert and of the rules."""
    from server.config import load
    from tools.bench_experts import run

    result = run(load(files), bars)
    show_result("experts", result)
    write_json(json, result)


@bench.command()
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(8), help="How long to listen.")
@click.option("--bpm", default=140.0, show_default=True, type=click.FloatRange(20, 300), help="Tempo.")
@JSON
def page(seconds: float, bpm: float, json: Path | None) -> None:
    """Onsets of the band in a headless Chromium: planned, handed to the audio thread, and heard in the sound."""
    from tools.bench_page import run

    result = run(seconds, bpm)
    show_result("page", result)
    write_json(json, result)
