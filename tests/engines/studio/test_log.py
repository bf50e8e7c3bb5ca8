import errno
import os

import pytest
from msgspec.structs import replace

from engines import MelodyEngine
from engines.expert import ExpertError
from engines.studio import piece as pieces
from engines.studio.log import read
from tests.engines.studio.pieces import engine, names, piece, written

DEEP = b"[" * 90_000 + b"]" * 90_000


@pytest.fixture
def log(tmp_path):
    return piece().save_log(tmp_path / "log.jsonl")


def test_a_piece_after_a_torn_one_is_found(log):
    log.write_bytes(log.read_bytes()[:-40])
    written(seed=8).save_log(log)
    assert read(log).generation.order.control.seed == 8


def test_a_line_torn_after_a_piece_costs_nothing(log):
    whole = log.read_bytes()
    log.write_bytes(whole + whole[:300])
    assert read(log).generation.order.control.seed == 7


@pytest.mark.parametrize("damage", [b"null", b"\xff\xfe", b'{"type":"Bar"', b""])
def test_a_last_piece_that_is_damaged_is_not_an_earlier_one(log, damage):
    lines = log.read_bytes().splitlines()
    log.write_bytes(b"\n".join([*lines, lines[0], damage, *lines[2:], b""]))
    with pytest.raises(ValueError, match=f"{log}:{len(lines) + 2}: no line of a generation log"):
        read(log)


def test_a_line_of_any_depth_is_one_error(log):
    log.write_bytes(log.read_bytes().replace(b'"structure":[{', b'"structure":[{"deep":' + DEEP + b",", 1))
    with pytest.raises(ValueError, match=f"{log}:1: no line of a generation log"):
        read(log)


def test_an_order_that_nobody_can_perform_is_told_with_its_line(log):
    log.write_bytes(log.read_bytes().replace(b'"bpm":140.0}', b'"bpm":0}', 1))
    with pytest.raises(ValueError, match=rf"{log}:1: bpm: '0.0' does not fit; allowed: 20\.\.300"):
        read(log)


def test_a_genre_that_is_not_there_is_named_with_those_that_are(log):
    logged = read(log)
    control = replace(logged.generation.order.control, genre="hous")
    order = replace(logged.generation.order, control=control)
    with pytest.raises(ValueError, match=r"genre: 'hous' .*nearest: house"):
        engine().again(replace(logged, generation=replace(logged.generation, order=order)))


def test_a_bar_that_names_nobody_for_a_chair_is_told(log):
    logged = read(log)
    bars = (*logged.bars[:2], replace(logged.bars[2], players={}), *logged.bars[3:])
    with pytest.raises(ExpertError, match="bar 2: nobody is named for"):
        engine().again(replace(logged, bars=bars))


def test_a_disk_that_is_full_leaves_nothing_of_a_piece(log, monkeypatch):
    before = log.read_bytes()
    real = type(log).open

    def full(self, *args, **options):
        class Full:
            def __init__(self, file):
                self.file = file

            def __getattr__(self, name):
                return getattr(self.file, name)

            def __enter__(self):
                return self

            def __exit__(self, *error):
                self.file.close()

            def write(self, data):
                if len(data) < 200:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return self.file.write(data[: len(data) // 2])

        return Full(real(self, *args, **options))

    monkeypatch.setattr(type(log), "open", full)
    with pytest.raises(OSError, match=f"{log}: cannot be written: No space left"):
        piece().save_log(log)
    monkeypatch.undo()
    assert log.read_bytes() == before


@pytest.mark.parametrize("where", ["file/log.jsonl", "folder"])
def test_a_log_that_cannot_be_kept_is_told_before_a_note_is_written(tmp_path, monkeypatch, where):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine.yaml").write_text(f"log: {{path: {tmp_path / where}}}\n")
    made = MelodyEngine(tmp_path / "mine.yaml")
    monkeypatch.setattr(made, "_perform", None)
    with pytest.raises(OSError, match=f"log.path: {tmp_path / where.split('/')[0]}"):
        made.generate(bars=1)
    assert names(tmp_path) == ["file", "folder", "mine.yaml"]


def test_a_disk_that_fills_up_costs_the_log_and_not_the_piece(tmp_path, monkeypatch, caplog):
    def full(master, scores, file):
        raise OSError(errno.ENOSPC, "No space left")

    (tmp_path / "mine.yaml").write_text(f"log: {{path: {tmp_path / 'all.jsonl'}}}\n")
    monkeypatch.setattr(pieces, "append", full)
    assert len(MelodyEngine(tmp_path / "mine.yaml").generate(bars=1, model_backend="rules").bars) == 1
    assert "No space left; this piece is not in the log" in caplog.text
