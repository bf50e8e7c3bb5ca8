import math
import os
from pathlib import Path

import pytest

from tools import onlooker
from tools.onlooker import browser_seconds, drawing_rows


def test_without_a_browser_none_takes_anything():
    assert browser_seconds() == 0


def test_the_processor_time_is_that_of_our_processes_of_that_name(monkeypatch):
    monkeypatch.setattr(onlooker, "PROGRAM", Path("/proc/self/comm").read_text().strip())
    assert browser_seconds() == pytest.approx(sum(os.times()[:2]), abs=0.1)


def test_what_is_told_of_frames_is_that_between_the_two_looks():
    before = {"now": 100.0, "taken": 7.0, "count": 50, "costs": [900.0] * 50}
    after = {"now": 110.0, "taken": 10.0, "count": 250, "costs": [900.0] * 50 + [4.0] * 199 + [9.0]}
    told = {row["name"]: row["value"] for row in drawing_rows(before, after)}
    assert told["browser, sound and picture, of a core"] == pytest.approx(30)
    assert told["frames a second"] == pytest.approx(20)
    assert told["frame, until it is painted, p50"] == 4
    assert told["frame, until it is painted, worst"] == 9


def test_a_page_that_drew_nothing_has_no_cost():
    look = {"now": 0.0, "taken": 0.0, "count": 3, "costs": [1.0] * 3}
    told = {row["name"]: row["value"] for row in drawing_rows(look, {**look, "now": 1.0})}
    assert told["frames a second"] == 0
    assert math.isnan(told["frame, until it is painted, p50"])
