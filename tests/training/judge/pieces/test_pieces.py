from collections import Counter

import msgspec
import pytest

from engines import MelodyEngine
from engines.studio.config import Mark
from tests.engines.band import GENRES
from training.judge import names
from training.judge.pieces.page import page
from training.judge.pieces.run import AUTO, Row, Work, excerpt, run
from training.judge.pieces.tasks import WHOLE, tasks
from training.judge.pieces.verdict import ALL, as_json, judge

MARKS = {"consonant": Mark(least=0.8), "unsupported": Mark(most=0.1), "chords": Mark(least=0.2, most=0.9)}


@pytest.fixture(scope="module")
def engine() -> MelodyEngine:
    return MelodyEngine()


def row(backend: str, number: int, section: str = "drop", trouble: str = "", **figures: float) -> Row:
    return Row(backend, number, "uplifting", section, f"{backend} {number}", figures, {}, float(number), 0, trouble)


def test_any_number_of_tasks_covers_all_sections_of_all_genres_as_evenly_as_can_be():
    places = Counter((task.genre, task.section) for task in tasks(200, GENRES))
    wanted = {(name, section) for name, genre in GENRES.items() for section in (*genre.sections, WHOLE)}
    assert places.keys() == wanted
    assert max(places.values()) - min(places.values()) <= 1


def test_tasks_are_the_same_every_time_and_all_different():
    first, again = list(tasks(60, GENRES)), list(tasks(60, GENRES))
    assert first == again
    assert len({task.arguments["seed"] for task in first}) == 60


def test_an_interrupted_run_goes_on_where_it_was(engine, tmp_path, monkeypatch):
    found = list(tasks(4, engine.genres))
    first = []
    for number, one in enumerate(run(engine, ("rules",), found, Work(tmp_path / "work.jsonl"))):
        first.append(one)
        if number == 1:
            break
    with (tmp_path / "work.jsonl").open("a") as file:
        file.write('{"backend": "rul')  # as an interruption tears it
    written = []
    real = MelodyEngine.generate
    monkeypatch.setattr(MelodyEngine, "generate", lambda *a, **k: written.append(k["seed"]) or real(*a, **k))
    rows = list(run(engine, ("rules",), found, Work(tmp_path / "work.jsonl")))
    assert rows[:2] == first
    assert written == [task.arguments["seed"] for task in found[2:]]


def test_a_backend_plays_what_it_can_and_the_rules_the_rest(engine):
    task = next(task for task in tasks(200, engine.genres) if task.section == "drop" and task.genre == "uplifting")
    experts = excerpt(engine, "drums-gru", task).experts
    assert {voice: experts[voice] for voice in ("lead", "pad", "drums")} == {
        "lead": "rules", "pad": "rules", "drums": "drums-gru",
    }  # fmt: skip


def test_a_piece_that_fails_is_a_row_that_says_why_and_the_others_go_on(engine, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the strings are wet")

    monkeypatch.setattr(MelodyEngine, "generate", broken)
    rows = list(run(engine, (AUTO, "rules"), list(tasks(2, engine.genres)), Work(None)))
    assert [one.trouble for one in rows] == ["RuntimeError: the strings are wet"] * 4
    assert judge(rows, MARKS, resamples=10, significance=0.05).troubles[0].endswith("the strings are wet")


def test_the_verdict_compares_backends_with_the_rules_on_the_same_tasks():
    good = [row("good", n, consonant=0.9 + n / 1000, unsupported=0.05, chords=0.9) for n in range(20)]
    same = [row("same", n, consonant=0.7, unsupported=0.05 + (n % 2) / 100, chords=0.5) for n in range(20)]
    rules = [row("rules", n, consonant=0.7, unsupported=0.06 - (n % 2) / 100, chords=0.7) for n in range(20)]
    verdict = judge([*good, *same, *rules], MARKS, resamples=200, significance=0.05)
    better = {(test.voice, test.feature): test.better for test in verdict.comparisons}
    assert better[("good", "consonant")] == "learned"
    assert ("same", "consonant") not in better  # it never differs
    assert ("good", "chords") not in better  # neither side of a band is better
    assert better[("same", "unsupported")] == "neither"
    cell = verdict.cell("good", ALL, "consonant")
    assert cell.mean == pytest.approx(0.9095)
    assert cell.low < cell.mean < cell.high
    assert cell.reached == 1
    assert verdict.cell("rules", "drop", "consonant").reached == 0
    assert verdict.ms["good"][0] == 9.5


def test_a_crashed_piece_counts_in_no_mean():
    rows = [row("rules", 0, consonant=1.0), row("rules", 1, trouble="broken")]
    assert judge(rows, MARKS, resamples=10, significance=0.05).cell("rules", ALL, "consonant").count == 1


def test_the_json_names_are_in_the_table_of_names():
    found = as_json(judge([row("rules", 0, consonant=1.0)], MARKS, resamples=10, significance=0.05))
    assert found["pieces.rules.consonant"] == 1.0
    assert names.of("pieces.rules.consonant") is not None
    assert msgspec.json.encode(found)


def test_the_page_shows_every_backend_and_escapes_what_it_is_told(engine):
    task = next(tasks(1, engine.genres))
    rows = list(run(engine, ("rules", "drums-gru"), [task], Work(None)))
    rows.append(row("rules", 1, trouble="<script>alert(1)</script>"))
    verdict = judge(rows, engine.config.scorecard, resamples=10, significance=0.05)
    text = page(verdict, [excerpt(engine, backend, task) for backend in ("rules", "drums-gru")])
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert text.count("<svg") >= 4
    assert "drums-gru" in text
