"""`bench experts`: milliseconds per bar of every expert and of the rules, on the same music.

The requests are real ones: a piece through all sections of the genre, tension 0 to 1, written by the rules.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace

from engines.composer import Answer, Question, Score, compose
from engines.conductor import form_request
from engines.control.state import Auto, Control, steady
from engines.expert import HarmonyRequest
from engines.genre import Genre, load_genres
from engines.library import Library, LibraryError
from engines.understudy import RuleHarmony, Rules
from engines.understudy.form import RuleForm
from engines.units import VOICES
from server.config import Config, genres_folder, models_folder
from server.opening import first_control

WARM_UP = 5
"""First calls that are not counted: caches and lazy initialisation."""
HARMONY = "harmony"
FORM = "form"
HELPERS = {"critic", "touch"}
"""Kinds that write nothing: a critic helps a lead, a touch moves notes."""


def run(config: Config, bars: int) -> dict[str, Any]:
    """Return p50, p90, p99, worst ms of one bar (harmony: one phrase, form: one section) per expert and voice."""
    genres = load_genres(genres_folder(config))
    rules, harmony = Rules(genres), RuleHarmony(genres)
    asked = requests(first_control(config, genres), genres[config.start.genre], rules, harmony, bars)
    rows = [row(rules.name, rules.version, voice, rules.write, asked[voice]) for voice in VOICES]
    rows.append(row(rules.name, rules.version, HARMONY, harmony.choose, asked[HARMONY]))
    rows.append(row(rules.name, rules.version, FORM, RuleForm().choose, asked[FORM]))
    problems = {}
    shelf = Library(models_folder(config))
    for entry in (each for each in shelf.list() if each.kind not in HELPERS):
        try:
            if entry.kind == FORM:
                form = shelf.load_form(entry.name, entry.version)
                rows.append(row(entry.name, entry.version, FORM, form.choose, asked[FORM]))
            elif not entry.voices:
                chooser = shelf.load_harmony(entry.name, entry.version)
                rows.append(row(entry.name, entry.version, HARMONY, chooser.choose, asked[HARMONY]))
            else:
                expert = shelf.load(entry.name, entry.version)
                rows += [row(entry.name, entry.version, each, expert.write, asked[each]) for each in expert.voices]
        except LibraryError as error:
            problems[f"{entry.name} {entry.version}"] = str(error)
    return {"bars": bars, "experts": rows, "problems": problems}


def requests(
    control: Control, genre: Genre, rules: Rules, harmony: RuleHarmony, bars: int
) -> dict[str, list[Question]]:
    """Return what every chair is asked in a piece of `bars` bars through all sections, chords chosen."""
    asked: dict[str, list[Question]] = {chair: [] for chair in (*VOICES, HARMONY, FORM)}
    score, sections = Score(), list(genre.sections)
    for bar in range(bars):
        here = replace(
            control,
            section=sections[bar * len(sections) // bars],
            tension=steady(bar / max(1, bars - 1)),
            harmony=Auto(),
        )
        composition = compose(score, here, genre, control.tempo.end)
        answer: Answer | None = None
        try:
            while True:
                ask = next(composition) if answer is None else composition.send(answer)
                asked[ask.chair].append(ask.request)
                request = ask.request
                answer = harmony.choose(request) if isinstance(request, HarmonyRequest) else rules.write(request)
        except StopIteration as done:
            score = done.value.score
            asked[FORM].append(form_request(here, score.cursor, genre))
    return asked


def row(name: str, version: str, chair: str, write: Callable[[Any], Any], asked: list[Any]) -> dict[str, Any]:
    """Time one expert on what its chair was asked."""
    for request in asked[:WARM_UP]:
        write(request)
    taken = []
    for request in asked:
        began = time.perf_counter()
        write(request)
        taken.append((time.perf_counter() - began) * 1000.0)
    marks = np.percentile(taken, [50, 90, 99, 100]) if taken else [float("nan")] * 4
    figures = dict(zip(("p50 ms", "p90 ms", "p99 ms", "worst ms"), map(float, marks), strict=True))
    return {"expert": name, "version": version, "voice": chair, "asked": len(taken), **figures}
