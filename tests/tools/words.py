"""Refusals in tests of commands."""

import re
from typing import Any

import pytest

from tools.failure import Refused


def refusal(code: int, line: str) -> Any:
    return pytest.raises(Refused, match=f"^{re.escape(line)}$", check=lambda error: error.exit_code == code)
