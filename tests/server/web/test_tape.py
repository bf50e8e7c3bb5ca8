import asyncio
import random

import pytest

from server.parts import older
from server.web import tape
from server.web.tape import TapeError, headers, opened
from server.web.tapegive import Label
from tests.server.web.shows import given, happened, record


@pytest.fixture
def show(tmp_path):
    path = tmp_path / "show.mid"
    record(path, happened(random.Random(2)))
    return path


async def taken(path, bars):
    async with opened(path, bars) as found:
        return found.label, b"".join([chunk async for chunk in found.chunks])


def test_a_process_of_its_own_gives_the_show_and_its_last_bars(show):
    for bars in (None, 3):
        assert asyncio.run(taken(show, bars)) == given(show, bars)


def test_what_is_no_recording_is_named(show):
    for part in (show, *older(show)):
        part.unlink()
    with pytest.raises(TapeError, match="cannot be read: No such file"):
        asyncio.run(taken(show, None))
    with pytest.raises(TapeError, match="cannot be read: No such file"):
        asyncio.run(taken(show, 1))


def test_a_process_that_breaks_before_it_says_anything_is_an_error_of_the_tape(show, monkeypatch):
    monkeypatch.setattr(tape.sys, "executable", "/bin/false")
    with pytest.raises(TapeError, match="cannot be read"):
        asyncio.run(taken(show, None))


def test_a_show_that_ends_too_early_is_no_show(show):
    async def main():
        reader = asyncio.StreamReader()
        reader.feed_data(b"MThd")
        reader.feed_eof()
        chunks = tape._chunks(reader, 5)
        assert await anext(chunks) == b"MThd"
        with pytest.raises(TapeError, match="to its end"):
            await anext(chunks)

    asyncio.run(main())


def test_who_leaves_before_the_end_leaves_no_process(show):
    async def main():
        async with opened(show, None) as found:
            await anext(found.chunks)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(main())


def test_the_name_tells_a_piece_from_the_whole(show):
    def name(bars, label):
        found = headers(show, bars, label)
        return found["Content-Disposition"].partition("=")[2].strip('"'), found.get("Melody-Note")

    assert name(None, Label()) == ("show.mid", None)
    assert name(None, Label(note="gone", bar=9)) == ("show-from-bar-9.mid", "gone")
    assert name(4, Label(bar=9)) == ("show-last-4.mid", None)
    assert headers(show.with_name('a"\r\nb.mid'), None, Label())["Content-Disposition"].endswith('"a___b.mid"')
