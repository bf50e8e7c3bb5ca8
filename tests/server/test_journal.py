import pytest

from engines.conductor import Cursor
from server.journal import FORMAT, Began, Journal, Opened, read


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


def test_a_full_disk_is_told_once_and_nothing_else(caplog, tmp_path):
    class Full:
        def write(self, _data):
            raise OSError(28, "No space left on device")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    journal = Journal(tmp_path / "a.journal").open()
    journal.close()
    journal = Journal(None)
    journal._file = Full()
    for bar in range(3):
        journal._queue.put(Began(Cursor(bar), fresh=True))
    journal._queue.put(None)
    journal._write()
    assert caplog.text.count("No space left") == 1


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
