import errno
import os
import re
from pathlib import Path

import pytest

from engines.studio import place
from tests.engines.studio.pieces import names


def refusal(kind: type[OSError], *words: str) -> object:
    return pytest.raises(kind, match=".*".join(re.escape(word) for word in words))


def test_a_file_takes_its_place_when_all_went_well(tmp_path):
    file = tmp_path / "x.mid"
    file.write_bytes(b"old")
    with place.whole(file) as part:
        assert part.suffix == ".mid"
        part.write_bytes(b"new")
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    assert names(tmp_path) == ["x.mid"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError("no")])
def test_nothing_half_written_stays(tmp_path, trouble):
    (tmp_path / "x.mid").write_bytes(b"old")
    with pytest.raises((KeyboardInterrupt, ValueError)), place.whole(tmp_path / "x.mid") as part:
        part.write_bytes(b"ha")
        raise trouble
    assert names(tmp_path) == ["x.mid"]
    assert (tmp_path / "x.mid").read_bytes() == b"old"


def test_a_full_disk_is_told_of_the_file_that_was_wanted(tmp_path):
    with refusal(OSError, str(tmp_path / "x.mid"), "No space", "name another"), place.whole(tmp_path / "x.mid"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "part")
    assert not names(tmp_path)


def test_other_trouble_keeps_its_words(tmp_path):
    with refusal(TimeoutError, "too slow"), place.whole(tmp_path / "x.mid"):
        raise TimeoutError("too slow")


def test_places_where_no_file_can_be_are_named_with_one_where_it_can(tmp_path):
    (tmp_path / "file").touch()
    with refusal(IsADirectoryError, str(tmp_path), "name a file in it"):
        place.check(tmp_path)
    with refusal(FileNotFoundError, f"no folder {tmp_path / 'a' / 'b'}", f"that is there: {tmp_path}"):
        place.check(tmp_path / "a" / "b" / "x.mid")
    with refusal(NotADirectoryError, f"{tmp_path / 'file'} is a file", f"such as {tmp_path}"):
        place.check(tmp_path / "file" / "x.mid")
    with refusal(NotADirectoryError, f"{tmp_path / 'file'} is a file", f"such as {tmp_path}"):
        place.check_folder(tmp_path / "file" / "deeper")
    place.check(tmp_path / "x.mid")
    place.check_folder(tmp_path / "a" / "b")


def test_a_folder_that_is_not_ours_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    for check in (place.check, place.check_folder):
        with refusal(PermissionError, str(tmp_path), "not allowed", str(Path.home())):
            check(tmp_path / "x")


def test_a_folder_is_made_and_goes_again_when_nothing_came_of_it(tmp_path):
    deep = tmp_path / "a" / "b"
    with pytest.raises(KeyboardInterrupt), place.folder(deep):
        assert deep.is_dir()
        raise KeyboardInterrupt
    assert not names(tmp_path)
    with refusal(OSError, str(deep), "Is a directory", "another folder"), place.folder(deep):
        (deep.parent / "of somebody else").touch()
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    assert names(tmp_path / "a") == ["of somebody else"]
    with place.folder(deep):
        (deep / "x").touch()
    assert (deep / "x").exists()


def test_a_link_that_leads_nowhere_is_no_folder(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with refusal(FileNotFoundError, f"{tmp_path / 'link'}: leads to nowhere", "another folder"):
        place.check_folder(tmp_path / "link")


def test_a_folder_of_the_system_is_refused_though_rights_would_allow_it():
    with refusal(OSError, "/proc/piece: ", "another folder" if os.access("/proc", os.W_OK) else "folder of your own"):
        place.check_folder(Path("/proc/piece"))


def test_a_file_that_grows_may_be_there_or_be_made(tmp_path, monkeypatch):
    (tmp_path / "log").touch()
    place.check_growing(tmp_path / "log")
    place.check_growing(tmp_path / "a" / "b" / "log")
    assert names(tmp_path) == ["log"]
    with refusal(IsADirectoryError, str(tmp_path), "name a file in it"):
        place.check_growing(tmp_path)
    with refusal(NotADirectoryError, f"{tmp_path / 'log'} is a file"):
        place.check_growing(tmp_path / "log" / "log")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with refusal(PermissionError, str(tmp_path / "log"), "not allowed"):
        place.check_growing(tmp_path / "log")
