"""Place: where a file shall stand. It appears there whole or not at all; a place that cannot be written to is told."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile


def check(file: Path) -> None:
    """Raise OSError naming the place, and what would be right, where `file` cannot be written as things stand."""
    above = file.parent
    if file.is_dir():
        raise IsADirectoryError(f"{file}: is a folder; name a file in it, such as {file / 'piece'}")
    if not above.exists():
        raise FileNotFoundError(f"{file}: no folder {above}; make it, or use one that is there: {_there(above)}")
    if not above.is_dir():
        raise NotADirectoryError(f"{file}: {above} is a file, not a folder; name a folder, such as {above.parent}")
    _check_mine(above)


def check_growing(file: Path) -> None:
    """Raise OSError where nothing can be appended to `file`, nor can it be made, with the folders above it."""
    if file.is_dir():
        raise IsADirectoryError(f"{file}: is a folder; name a file in it, such as {file / 'generation.jsonl'}")
    if not file.exists():
        check_folder(file.parent)
    elif not os.access(file, os.W_OK):
        raise PermissionError(f"{file}: writing there is not allowed; name a file of your own")


def check_folder(folder: Path) -> None:
    """Raise OSError where `folder` is none and cannot be made, or where nothing can be written to it."""
    if folder.is_symlink() and not folder.exists():
        raise FileNotFoundError(f"{folder}: leads to {folder.readlink()}, which is not there; name another folder")
    there = _there(folder)
    if not there.is_dir():
        raise NotADirectoryError(f"{folder}: {there} is a file, not a folder; name a folder, such as {there.parent}")
    _check_mine(there)
    try:
        with TemporaryFile(dir=there):  # what rights cannot tell: a system's own folder, a full disk
            pass
    except OSError as error:
        raise type(error)(f"{folder}: cannot be written to: {error.strerror}; name another folder") from error


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Yield a path beside `file`, same ending; it takes its place when the block ends well, else it is removed.

    Raises OSError naming the place, and what would be right, where it cannot be written.
    """
    check(file)
    part = file.with_name(f".{os.getpid()}-{file.name}")
    try:
        yield part
        part.replace(file)
    except OSError as error:
        if error.errno is None:  # not the system's: it says by itself what is wrong
            raise
        raise type(error)(f"{file}: cannot be written: {error.strerror}; name another place") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """Make a folder, with those above it; when the block fails, what was made and is empty goes again."""
    check_folder(path)
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield path
    except BaseException as error:
        for each in made:
            with suppress(OSError):  # not empty: somebody else writes there, too
                each.rmdir()
        if isinstance(error, OSError) and error.errno is not None:
            raise type(error)(f"{path}: cannot be written to: {error.strerror}; name another folder") from error
        raise


def _check_mine(above: Path) -> None:
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(
            f"{above}: writing there is not allowed; name a folder of your own, such as {Path.home()}"
        )


def _there(path: Path) -> Path:
    """Return the nearest of a path and those above it that exists."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())
