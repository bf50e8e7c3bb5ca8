import io
import random

import pytest

from server.parts import older
from server.web.tapeparts import NOT_WHOLE, Part, parts_of
from tests.server.web.shows import happened, record


@pytest.fixture
def show(tmp_path):
    path = tmp_path / "show.mid"
    record(path, happened(random.Random(1)))
    assert len(older(path)) > 4
    return path


def numbers(path):
    with parts_of(path) as parts:
        return [part.seam.part for part in parts]


def test_all_parts_in_their_order(show):
    assert numbers(show) == list(range(1, len(older(show)) + 2))


def test_what_another_show_has_left_is_none_of_it(show):
    count = len(older(show))
    record(show, happened(random.Random(2)))
    assert len(older(show)) > count + 4
    assert numbers(show) == list(range(1, len(older(show)) - count + 2))
    with parts_of(show) as parts:
        assert {part.seam.first for part in parts} == {count + 1}


def test_a_show_that_has_just_begun_is_one_part_whatever_lies_there(show):
    record(show, [])
    assert numbers(show) == [1]
    with parts_of(show) as parts:
        assert parts[0].end == 0


def test_parts_that_are_gone_or_broken_are_left_out(show):
    first, _, third, *_ = older(show)
    first.unlink()
    third.write_bytes(third.read_bytes()[:-1])
    assert numbers(show) == [2, *range(4, len(older(show)) + 3)]


def test_while_the_recorder_changes_files_the_show_is_what_has_become_parts(show):
    """Between the two steps of a turn there is no newest file."""
    show.unlink()
    assert numbers(show) == list(range(1, len(older(show)) + 1))
    for part in older(show)[1:]:
        part.unlink()
    assert numbers(show) == [1]


def test_a_part_that_was_full_while_it_was_read_counts_once(show):
    show.with_name(f"show.{len(older(show)) + 1}.mid").write_bytes(show.read_bytes())
    assert numbers(show) == list(range(1, len(older(show)) + 1))


def test_parts_may_be_dropped_from_the_folder_while_they_are_read(show):
    with parts_of(show) as parts:
        whole = [part.read(0, 10**6) for part in parts]
        for part in older(show):
            part.unlink()
        assert [part.read(0, 10**6) for part in parts] == whole


def test_where_nothing_is_recorded_says_so(tmp_path):
    with pytest.raises(FileNotFoundError), parts_of(tmp_path / "none.mid"):
        pass


@pytest.mark.parametrize("data", [b"", b"RIFF" * 10, b"MThd" + bytes(10) + b"MTrk", b"MThd" + bytes(10)])
def test_what_is_no_recording_is_refused(data):
    with pytest.raises(NOT_WHOLE):
        Part(io.BytesIO(data))
