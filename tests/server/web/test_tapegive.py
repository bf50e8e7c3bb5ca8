import random
import sys
from types import SimpleNamespace

import msgspec
import pytest

from engines.units import TICKS_PER_BAR
from server.parts import WHOLE, older
from server.web import tapegive, tapejoin
from server.web.tapegive import Label, main
from tests.server.web.shows import balanced, given, happened, joined, record, tracks


@pytest.fixture
def show(tmp_path):
    """The same in parts and in one file."""
    for name, parts in (("show.mid", None), ("one.mid", WHOLE)):
        record(tmp_path / name, happened(random.Random(9)), **({"parts": parts} if parts else {}))
    return tmp_path / "show.mid"


@pytest.mark.parametrize("bars", [1, 2, 7, 30, 41, 1000])
def test_the_last_bars_are_those_of_the_whole_show(show, bars):
    label, data = given(show, bars)
    assert tracks(data) == tracks(given(show.with_name("one.mid"), bars)[1])
    assert (label.size, label.note, label.problem) == (len(data), "", "")
    assert balanced(data)


def test_only_the_parts_that_are_asked_for_are_read(show, monkeypatch):
    used = []
    monkeypatch.setattr(tapegive, "Joined", lambda parts: used.append(len(parts)) or tapejoin.Joined(parts))
    given(show, 1)
    given(show, 1000)
    assert used[0] <= 2
    assert used[1] == len(older(show)) + 1


def test_what_is_missing_is_said_where_it_matters(show):
    begin = joined(show)[2][1][0].begin // TICKS_PER_BAR
    older(show)[0].unlink()
    label, _ = given(show)
    assert label.note == f"the first {begin} bars are gone: their files are not there any more"
    assert label.bar == begin + 1
    assert given(show, 2)[0].note == ""
    found, data = given(show, 1000)
    assert (found.note, found.bar, found.size) == (label.note, label.bar, len(data))


def written(monkeypatch, *args):
    """Return what `main` writes: the label, and the rest."""
    done = []
    out = SimpleNamespace(buffer=SimpleNamespace(write=done.append, flush=lambda: None))
    monkeypatch.setattr(tapegive, "ask", lambda _: None)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        main(*map(str, args))
    line, _, rest = b"".join(done).partition(b"\n")
    return msgspec.json.decode(line, type=Label), rest


def test_a_label_and_then_the_file_is_written(show, monkeypatch):
    label, data = written(monkeypatch, show)
    assert (label.size, label.problem) == (len(data), "")
    assert tracks(data) == tracks(show.with_name("one.mid").read_bytes())
    label, data = written(monkeypatch, show, 3)
    assert (label.size, data) == (len(data), given(show, 3)[1])


def test_why_nothing_is_given_is_said_in_plain_words(show, monkeypatch):
    assert written(monkeypatch, show.with_name("none.mid")) == (
        Label(problem="the recording cannot be read: No such file or directory"),
        b"",
    )
    monkeypatch.setattr(tapejoin, "MOST_BYTES", 100)
    label, _ = written(monkeypatch, show)
    assert label.problem.startswith(
        "a MIDI file holds 4 GB a track, and the show has more: take its files from the fold"
    )
    show.write_bytes(b"RIFF")
    assert written(monkeypatch, show)[0].problem == "the recording cannot be read: no MIDI file"


def test_a_file_that_ends_while_it_is_read_is_not_filled_up(show, monkeypatch):
    size = written(monkeypatch, show)[0].size
    monkeypatch.setattr(tapejoin, "_read", lambda piece: iter((piece if isinstance(piece, bytes) else b"",)))
    label, data = written(monkeypatch, show)
    assert label.size == size > len(data)
