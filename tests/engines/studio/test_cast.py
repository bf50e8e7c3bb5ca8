"""Sabotage: the primary is missing, broken, slow, out of scale, or writes nonsense; the next one plays, the log says why."""

import gc
import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

import models
from engines import MelodyEngine
from engines.expert import ExpertError
from engines.note import Bar, Note
from engines.studio.log import read
from tests.engines.skytnt.toy import make_toy

SHELF = Path(models.__file__).parent
ROUND = {"structure": [{"section": "drop", "bars": 6}], "loop": True}  # of an ending the rules are the first choice


def engine_of(folder: Path, lineup: str, now=None) -> MelodyEngine:
    config = folder / "mine.yaml"
    config.write_text(f"models: {{folder: {folder / 'models'}}}\nlineup:\n{lineup}\nquality: {{rest_after: 3}}\n")
    return MelodyEngine(config, **({"now": now} if now else {}))


LEADS = "  lead: [{expert: lead-transformer, limit_ms: 60000}, {expert: lead-gru, limit_ms: 60000}]"


@pytest.fixture
def shelf(tmp_path):
    shutil.copytree(SHELF, tmp_path / "models", ignore=shutil.ignore_patterns("*.py", "accompaniment*", "__pycache__"))
    return tmp_path


def leads(piece) -> list[str]:
    return [bar.players["lead"].expert for bar in piece.bars]


class Saboteur:
    """Plays the lead in a way of its own."""

    name = "lead-transformer"
    version = "v1"
    voices = ("lead",)

    def __init__(self, write) -> None:
        self.write = write
        self.asked = 0


def sabotaged(shelf: Path, write, now=None) -> MelodyEngine:
    engine = engine_of(shelf, LEADS, now)
    engine._roster._ensemble.add("lead-transformer", Saboteur(write))
    return engine


def test_a_missing_primary_is_followed_by_the_next_and_told_once(shelf, caplog):
    shutil.rmtree(shelf / "models/lead-transformer")
    engine = engine_of(shelf, LEADS)
    piece = engine.generate(**ROUND)
    engine.generate(**ROUND)
    assert leads(piece) == ["lead-gru"] * 6
    assert all("lead-transformer" in miss.reason for miss in piece.misses)
    assert sum("lead-transformer" in record.message for record in caplog.records) == 1


def test_a_corrupt_primary_is_followed_by_the_next_and_the_log_says_why(shelf, tmp_path):
    model = next((shelf / "models/lead-transformer/v1").glob("*.onnx"))
    model.write_bytes(model.read_bytes()[:-1000])
    piece = engine_of(shelf, LEADS).generate(**ROUND)
    assert leads(piece) == ["lead-gru"] * 6
    player = read(piece.save_log(tmp_path / "log.jsonl")).bars[0].players["lead"]
    assert player.expert == "lead-gru"
    assert "bytes, the card says" in player.reason


def test_a_card_that_lies_is_followed_by_the_next(shelf):
    card = shelf / "models/lead-transformer/v1/card.json"
    card.write_text(card.read_text().replace('"codec": "', '"codec": "x'))
    piece = engine_of(shelf, LEADS).generate(**ROUND)
    assert leads(piece) == ["lead-gru"] * 6
    assert "codec" in piece.misses[0].reason


def test_without_anybody_left_the_rules_play(shelf):
    for name in ("lead-transformer", "lead-gru"):
        shutil.rmtree(shelf / "models" / name)
    piece = engine_of(shelf, LEADS).generate(**ROUND)
    assert leads(piece) == ["rules"] * 6
    assert all(name in piece.misses[0].reason for name in ("lead-transformer", "lead-gru"))
    assert piece.scores.figures["rules_share"].value > 0


def test_a_slow_primary_is_followed_by_the_next_and_rests_after_three_misses(shelf):
    time = [0.0]

    def write(request):
        time[0] += 61.0
        return {"lead": Bar((Note(0, 480, request.plan.key.tonic + 60, 90),))}

    piece = sabotaged(shelf, write, lambda: time[0]).generate(**ROUND)
    assert leads(piece) == ["lead-gru"] * 6
    assert time[0] == 3 * 61.0
    assert "took 61000 ms, allowed 60000" in piece.misses[0].reason
    assert "rests after 3 misses" in piece.misses[3].reason


def test_a_primary_out_of_scale_is_followed_by_the_next(shelf):
    def write(request):
        return {"lead": Bar.of(Note(step * 120, 120, 60 + step % 12, 90) for step in range(16))}

    piece = sabotaged(shelf, write).generate(**ROUND)
    assert leads(piece) == ["lead-gru"] * 6
    assert "of lead lies in key or chord, 70% at least" in piece.misses[0].reason


def test_one_chromatic_run_among_good_bars_is_no_fault(shelf):
    def write(request):
        chromatic = request.plan.index == 4
        tonic = request.plan.key.tonic + 60
        return {"lead": Bar.of(Note(n * 120, 120, tonic + (n if chromatic else 0), 90) for n in range(8))}

    assert leads(sabotaged(shelf, write).generate(**ROUND)) == ["lead-transformer"] * 6


@pytest.mark.parametrize(
    "answer", [None, {}, {"bass": Bar()}, "notes", {"lead": Bar((Note(240, 1, 60, 1), Note(0, 1, 60, 1)))}]
)
def test_an_invalid_bar_is_followed_by_the_next(shelf, answer):
    assert leads(sabotaged(shelf, lambda _: answer).generate(**ROUND)) == ["lead-gru"] * 6


def test_an_error_in_one_bar_costs_that_bar_only(shelf):
    def write(request):
        if request.plan.index == 2:
            raise ExpertError("no idea")
        return {"lead": Bar((Note(0, 480, request.plan.key.tonic + 60, 90),))}

    piece = sabotaged(shelf, write).generate(**ROUND)
    assert leads(piece) == [*["lead-transformer"] * 2, "lead-gru", *["lead-transformer"] * 3]
    assert [(miss.bar, miss.chair, miss.reason) for miss in piece.misses] == [(2, "lead", "lead-transformer: no idea")]


def test_a_foreign_model_that_is_not_there_is_passed_over_and_told_once(shelf, caplog):
    engine = engine_of(
        shelf,
        f"  lead: [{{expert: foreign, folder: {shelf / 'nowhere'}, limit_ms: 5000}}, {{expert: lead-gru, limit_ms: 60000}}]",
    )
    assert leads(engine.generate(**ROUND)) == ["lead-gru"] * 6
    assert leads(engine.generate(**ROUND)) == ["lead-gru"] * 6
    assert sum("nowhere" in record.message for record in caplog.records) == 1


def test_a_hundred_pieces_in_a_row_neither_fail_nor_leak():
    engine = MelodyEngine()
    sizes, objects = [], []
    sections = tuple(engine.genres["uplifting"].sections)
    for number in range(100):
        name = sections[number % len(sections)]
        piece = engine.generate(structure=[{"section": name, "bars": 3}], seed=number, num_candidates=1)
        assert len(piece.bars) == 3
        assert any(piece.notes.values())
        del piece
        if number % 20 == 19:
            gc.collect()
            objects.append(len(gc.get_objects()))
            sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    assert objects[-1] < 1.02 * objects[1]
    assert sizes[-1] - sizes[1] < 16 << 20


def test_a_foreign_model_takes_its_place_in_a_chain_and_the_log_makes_its_piece_again(shelf, tmp_path):
    folder = make_toy(tmp_path / "foreign")
    engine = engine_of(shelf, f"  lead: [{{expert: foreign, folder: {folder}, limit_ms: 60000}}]")
    piece = engine.generate(**ROUND, seed=3)
    assert leads(piece) == ["foreign"] * 6
    assert piece.notes["lead"]
    assert engine.again(read(piece.save_log(tmp_path / "log.jsonl")))[1] == []
    assert leads(engine.generate(**ROUND, model_backend="foreign")) == ["foreign"] * 6


def test_a_replay_has_all_the_time_that_the_first_time_had(shelf, tmp_path):
    folder = make_toy(tmp_path / "foreign")
    lineup = f"  lead: [{{expert: foreign, folder: {folder}, limit_ms: 600000}}]"
    engine = engine_of(shelf, lineup)
    wish = {"structure": [{"section": "drop", "bars": 1}], "loop": True, "seed": 3}
    piece = engine.generate(**wish)
    foreign = engine._roster._ensemble.expert("lead", "foreign", None)
    foreign.setting = replace(foreign.setting, event_ms=1000.0)  # as the published weights need
    again = engine.generate(**wish)
    assert leads(piece) == leads(again) == ["foreign"]
    assert engine.again(read(again.save_log(tmp_path / "log.jsonl")))[1] == []
