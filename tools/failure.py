"""What all commands share: arguments, and what a failure means: 2 = wrong usage or configuration, 1 = anything else.

Users' errors are told in one line; an error of ours keeps its traceback.
"""

from pathlib import Path
from typing import Any

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
JSON = click.option("--json", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here, too.")


class Refused(click.ClickException):
    """Told in one line. exit_code 2: the user can put it right in the command or its files."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        """Take the line and the exit code."""
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance


class Commands(click.Group):
    """A group whose commands fail in plain words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; known failures become one line and an exit code."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = None if isinstance(error, click.ClickException) else exit_code(error)
            if code is None:
                raise
            raise Refused(" ".join(str(error).split()), code) from error


def exit_code(error: Exception) -> int | None:
    """Return 2 for a mistake in the configuration or its data, 1 for trouble with the machine, None for a bug."""
    if isinstance(error, OSError):
        return 1
    from engines.genre import GenreError
    from engines.shelf import LibraryError
    from engines.theory.pitch import TheoryError
    from server.config import ConfigError

    return 2 if isinstance(error, ConfigError | GenreError | LibraryError | TheoryError) else None
