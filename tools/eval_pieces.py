"""`melody-engine eval pieces`: many whole pieces by every backend, as tables, JSON and a page."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from engines import MelodyEngine
from engines.ensemble import RULES
from tools.failure import Refused
from tools.report import show, write_json
from training.judge import settings
from training.judge.pieces.page import write_page
from training.judge.pieces.run import AUTO, Work, excerpt, run
from training.judge.pieces.tasks import Task, tasks
from training.judge.pieces.verdict import ALL, Verdict, as_json, judge


def evaluate_pieces(
    *,
    count: int,
    backends: tuple[str, ...],
    config: Path | None,
    work: Path | None,
    html: Path | None,
    json: Path | None,
) -> None:
    """Write, judge, print; fail where a piece failed."""
    engine = MelodyEngine(config)
    known = (AUTO, *engine.backends())
    for name in backends:
        if name not in known:
            raise Refused(f"backend: {name!r} does not fit; allowed: {', '.join(known)}", 2)
    wanted = tuple(dict.fromkeys((*(backends or known), RULES)))
    found = list(tasks(count, engine.genres))
    rows = run(engine, wanted, found, Work(work))
    progress = track(rows, "pieces", total=count * len(wanted), console=Console(stderr=True), transient=True)
    numbers = settings.load()
    verdict = judge(
        list(progress), engine.config.scorecard, resamples=numbers.resamples, significance=numbers.significance
    )
    _print(verdict)
    write_json(json, as_json(verdict))
    if html is not None:
        shown = _one_a_section(found)[: numbers.shown]
        click.echo(f"page: {write_page(verdict, [excerpt(engine, b, t) for t in shown for b in wanted], html)}")
    if verdict.troubles:
        raise Refused(f"{len(verdict.troubles)} pieces failed: {verdict.troubles[0]}")


def _one_a_section(found: list[Task]) -> list[Task]:
    return list({task.section: task for task in reversed(found)}.values())[::-1]


def _print(verdict: Verdict) -> None:
    figures = list(dict.fromkeys(cell.figure for cell in verdict.cells))
    for section in (ALL, *verdict.sections):
        rows = []
        for backend in verdict.backends:
            cells = [verdict.cell(backend, section, figure) for figure in figures]
            rows.append([backend, *("" if cell is None else f"{cell.mean:.3f}" for cell in cells)])
        show(f"{section}: means", ("backend", *figures), rows)
    tests = [
        [t.voice, t.feature, t.count, f"{t.learned:.3g}", f"{t.understudy:.3g}", f"{t.difference:.3g}",
         f"{t.low:.3g} .. {t.high:.3g}", f"{t.p_holm:.2g}", {"learned": t.voice, "understudy": RULES}.get(t.better, "")]
        for t in verdict.comparisons
    ]  # fmt: skip
    show(
        "against the rules",
        ("backend", "figure", "n", "it", "rules", "difference", "95 %", "p (Holm)", "better"),
        tests,
    )
    spent = [[b, f"{ms[0]:.1f}", f"{ms[1]:.1f}", verdict.fallbacks[b]] for b, ms in verdict.ms.items()]
    show("generation", ("backend", "ms a bar, p50", "p99", "chair-bars stood in"), spent)
    click.echo(f"{verdict.pieces} pieces a backend, {len(verdict.troubles)} failed")
