"""Priority: a bar must be ready by its line whatever else the machine does.

Asked for where the system permits it (root, or a raised limit for real-time work), done without elsewhere. The
player asks for more by itself: a late note has no understudy.
"""

import contextlib
import os
from typing import Final

MAIN: Final = -8
EXPERTS: Final = -5
"""Unix niceness; main before the experts, because it keeps their deadlines."""


def ask(nice: int) -> None:
    """Ask for this niceness."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
