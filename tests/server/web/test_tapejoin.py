import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.units import TICKS_PER_BAR
from server.parts import WHOLE, Parts, older
from server.web import tapejoin
from server.web.tapejoin import Joined
from server.web.tapeparts import parts_of
from tests.server.web.shows import MANY, balanced, happened, joined, record, tracks


@settings(max_examples=20)
@given(st.integers(), st.integers(1, 200), st.sampled_from((0.0004, 0.001, 0.003)))
def test_a_show_in_parts_is_the_show_in_one_file(tmp_path_factory, seed, flush, part_mb):
    folder, events = tmp_path_factory.mktemp("show"), happened(random.Random(seed))
    record(folder / "one.mid", events, WHOLE)
    record(folder / "many.mid", events, Parts(part_mb), flush)
    holes, data, _ = joined(folder / "many.mid")
    assert tracks(data) == tracks((folder / "one.mid").read_bytes())
    assert holes == []
    assert balanced(data)


def test_a_show_of_one_part_is_its_file(tmp_path):
    path = tmp_path / "show.mid"
    record(path, happened(random.Random(1)), WHOLE)
    assert joined(path)[1] == path.read_bytes()


def test_a_player_that_died_goes_on_in_the_same_show(tmp_path):
    path, one = tmp_path / "show.mid", tmp_path / "one.mid"
    for place, parts in ((path, MANY), (one, WHOLE)):
        for again in (False, True, True):
            record(place, happened(random.Random(3)), parts, again=again)
    assert len(older(path)) > 12
    assert tracks(joined(path)[1]) == tracks(one.read_bytes())


@pytest.fixture
def show(tmp_path):
    path = tmp_path / "show.mid"
    record(path, happened(random.Random(5)))
    return path


def test_the_beginning_that_is_gone_is_said_and_takes_no_time(show):
    _, data, parts = joined(show)
    before, begin = tracks(data), parts[2][0].begin
    for part in older(show)[:2]:
        part.unlink()
    holes, data, _ = joined(show)
    after = tracks(data)
    text = f"the first {begin // TICKS_PER_BAR} bars are gone"
    assert [hole.text for hole in holes] == [text]
    assert after[0][0] == (0, f"MetaMessage('marker', text={text!r}, time=0)")
    assert balanced(data)
    for old, new in zip(before, after, strict=True):
        rest = [(tick - begin, message) for tick, message in old if tick >= begin + TICKS_PER_BAR]
        assert new[-len(rest) :] == rest


def test_a_hole_is_said_and_its_time_passes_in_silence(show):
    _, data, parts = joined(show)
    before, last, begin, end = tracks(data), parts[1][1], parts[2][0].begin, parts[3][0].begin
    older(show)[2].unlink()
    (hole,), data, _ = joined(show)
    assert hole.tick == last
    assert hole.bars == -(-(end - last) // TICKS_PER_BAR)
    assert hole.text == f"{hole.bars} bars after bar {-(-last // TICKS_PER_BAR)} are gone"
    assert (last, f"MetaMessage('marker', text={hole.text!r}, time=0)") in tracks(data)[0]
    assert balanced(data)
    for old, new in zip(before, tracks(data), strict=True):
        inside = [tick for tick, message in new if last < tick < end and "note" in message]
        outside = [each for each in old if each[0] < begin or each[0] >= end + TICKS_PER_BAR]
        assert inside == []
        assert set(outside) <= set(new)


def test_what_no_file_can_hold_is_refused(show, monkeypatch):
    monkeypatch.setattr(tapejoin, "MOST_BYTES", 600)
    assert joined(older(show)[0])[1]
    with pytest.raises(OverflowError, match="4 GB a track"):
        joined(show)


def test_parts_that_do_not_fit_together_are_refused(show):
    part = older(show)[1]
    data = part.read_bytes()
    part.write_bytes(data[:-1] + b"\x01")
    with pytest.raises(ValueError, match="does not go on"):
        joined(show)
    end = data.rindex(b"MTrk")
    part.write_bytes(data[:end])
    with pytest.raises(ValueError, match="same tracks"):
        joined(show)


def test_long_shows_are_read_a_bounded_piece_at_a_time(show, monkeypatch):
    whole = joined(show)[1]
    monkeypatch.setattr(tapejoin, "BLOCK_BYTES", 64)
    with parts_of(show) as parts:
        pieces = list(Joined(parts))
    assert b"".join(pieces) == whole
    assert max(map(len, pieces)) <= 128
