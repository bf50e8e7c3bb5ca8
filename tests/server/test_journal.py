import pytest

from engines.conductor import Cursor
from server.journal import (
    FORMAT,
    Barred,
    Began,
    Connected,
    Decided,
    Ended,
    Journal,
    Opened,
    Stood,
    read,
    read_all,
)
from server.parts import Parts, older
from server.standing import after
from tests.engines.band import control


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "deep" / "a.journal"
    journal = Journal(path).open()
    journal.write(Began(Cursor(0), fresh=True))
    journal.write(Began(Cursor(4), fresh=False))
    journal.close()
    assert list(read(path)) == [Began(Cursor(0), fresh=True), Began(Cursor(4), fresh=False)]


def test_a_journal_goes_on_where_it_ended(tmp_path):
    for bar in (0, 8):
        journal = Journal(tmp_path / "a.journal").open()
        journal.write(Began(Cursor(bar), fresh=False))
        journal.close()
    assert [record.cursor.bar for record in read(tmp_path / "a.journal")] == [0, 8]


def test_a_line_torn_by_a_crash_is_cut_off_before_the_next_record(tmp_path):
    path = tmp_path / "a.journal"
    for bar in (0, 8):
        journal = Journal(path).open()
        journal.write(Began(Cursor(bar), fresh=False))
        journal.write(Began(Cursor(bar + 1), fresh=False))
        journal.close()
        path.write_bytes(path.read_bytes()[:-5])
    journal = Journal(path).open()
    journal.close()
    assert [record.cursor.bar for record in read(path)] == [0, 8]


def test_a_place_that_cannot_be_written_is_told_and_nothing_else(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "a.journal").open()
    journal.write(Began(Cursor(0), fresh=True))
    journal.close()
    assert "no journal" in caplog.text


def test_nothing_is_left_where_it_was_never_opened(tmp_path):
    path = tmp_path / "deep" / "a.journal"
    journal = Journal(path)
    journal.write(Began(Cursor(0), fresh=True))
    journal.close()
    assert not path.parent.exists()
    journal.open().close()
    assert list(read(path)) == [Began(Cursor(0), fresh=True)]


class Disk:
    """A file on a disk that is full at first."""

    def __init__(self, path, refusals):
        self.file, self.refusals = path.open("ab", buffering=0), refusals

    def write(self, data):
        self.refusals -= 1
        if self.refusals >= 0:
            raise OSError(28, "No space left on device")
        return self.file.write(data)

    def tell(self):
        return self.file.tell()

    def close(self):
        self.file.close()


def on_a_full_disk(path, refusals, *records):
    journal = Journal(path)
    journal._file = Disk(path, refusals)
    for record in records:
        journal.write(record)
    journal._queue.put(None)
    journal._write()


def test_a_full_disk_is_told_once_and_nothing_else(caplog, tmp_path):
    on_a_full_disk(tmp_path / "a.journal", 3, *(Began(Cursor(bar), fresh=True) for bar in range(3)))
    assert caplog.text.count("No space left") == 1


def test_after_a_gap_it_tells_where_the_music_stands(tmp_path):
    told = Decided(0, 0, control()), Began(Cursor(3), fresh=True), Ended(Cursor(5)), Connected((("a", "b"),))
    on_a_full_disk(tmp_path / "a.journal", 3, *told)
    (stood,) = read(tmp_path / "a.journal")
    assert stood == Stood(control(), (), Cursor(5), begun=True, playing=False, connections=(("a", "b"),))


def long_show(path, keep=None, performances=1):
    """A journal of some parts; the records that were written, and where the music stood."""
    told, stood = [], None
    for _ in range(performances):
        journal = Journal(path, Parts(0.002, keep)).open()
        told += [[Opened(FORMAT, "1", "now", {}), Decided(0, 0, control()), Began(Cursor(0), fresh=True)]]
        told[-1] += [Barred(0.0, bar, 0, 120.0, None, {}, (), {}, Cursor(bar + 1)) for bar in range(60)]
        for record in told[-1]:
            journal.write(record)
        journal.close()
        stood = journal._stood
    return told[-1], stood


def test_a_full_file_becomes_a_part_and_the_next_begins_with_where_the_music_stands(tmp_path):
    path = tmp_path / "a.journal"
    told, stood = long_show(path, performances=2)
    assert len(older(path)) > 4
    assert all(part.stat().st_size < 4000 for part in older(path))
    assert [record for record in read_all(path) if not isinstance(record, Stood)] == told
    state = None
    for record in read(path):
        state = after(state, record)
    assert (state, state.cursor) == (stood, Cursor(60))


def test_the_oldest_parts_go_and_a_performance_without_its_beginning_is_named(tmp_path):
    path = tmp_path / "a.journal"
    long_show(path, keep=2)
    assert len(older(path)) == 2
    with pytest.raises(ValueError, match=r"begins in an older part"):
        list(read_all(path))


def test_a_file_that_cannot_be_begun_anew_grows_on(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("server.journal.turn", refuse)
    path = tmp_path / "a.journal"
    told, _ = long_show(path)
    assert list(read_all(path)) == told
    assert 0 < caplog.text.count("no new part") < 5  # at 2, 4, 8 ... kB


def test_a_disk_that_hangs_costs_no_more_than_so_much_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("server.journal.MAX_WAITING", 3)
    journal = Journal(tmp_path / "a.journal")
    for bar in range(5):
        journal.write(Began(Cursor(bar), fresh=True))
    journal.open().close()
    assert [record.cursor.bar for record in read(tmp_path / "a.journal")] == [0, 1, 2]


def test_a_journal_of_another_format_is_named_and_one_before_the_last_performance_is_not(tmp_path):
    path = tmp_path / "a.journal"
    for number in (FORMAT - 1, FORMAT, FORMAT - 1):
        journal = Journal(path).open()
        journal.write(Opened(number, "1", "now", {}))
        journal.close()
        if number == FORMAT:
            assert [record.format for record in read(path)] == [FORMAT]
        else:
            with pytest.raises(ValueError, match=f"format {FORMAT - 1}, not {FORMAT}"):
                list(read(path))
