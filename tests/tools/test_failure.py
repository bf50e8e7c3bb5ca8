import click
import pytest
from click.testing import CliRunner

from engines.genre import GenreError
from engines.shelf import LibraryError
from engines.theory.pitch import TheoryError
from server.config import ConfigError
from tools.failure import Commands, Refused, exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (GenreError("x"), 2),
        (TheoryError("x"), 2),
        (LibraryError("current.yaml: x"), 2),
        (OSError("x"), 1),
        (TimeoutError("x"), 1),
        (ValueError("a bug"), None),
    ],
)
def test_what_the_user_can_mend_is_2_the_machine_is_1_and_a_bug_is_neither(error: Exception, code: int | None) -> None:
    assert exit_code(error) == code


def raising(error: Exception) -> click.Group:
    group = Commands()

    @group.command()
    def go() -> None:
        raise error

    return group


def test_known_failures_are_one_line() -> None:
    done = CliRunner().invoke(raising(ConfigError("mine.yaml:3: osc.port: no")), ["go"])
    assert (done.exit_code, done.output) == (2, "Error: mine.yaml:3: osc.port: no\n")
    done = CliRunner().invoke(raising(LibraryError("current.yaml: no\n  : [\n    ^")), ["go"])
    assert (done.exit_code, done.output) == (2, "Error: current.yaml: no : [ ^\n")
    done = CliRunner().invoke(raising(Refused("no answer")), ["go"])
    assert (done.exit_code, done.output) == (1, "Error: no answer\n")


def test_a_bug_keeps_its_traceback() -> None:
    bug = ValueError("a bug")
    done = CliRunner().invoke(raising(bug), ["go"])
    assert done.exception is bug
