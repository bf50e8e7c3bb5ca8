"""Priority: a bar must be ready by its line whatever else the machine does.

Asked for where the system permits it (root, or a raised limit for real-time work), done without elsewhere. The
player asks for more by itself: a late note has no understudy.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

MAIN: Final = -8
EXPERTS: Final = -5
"""Unix niceness; main before the experts, because it keeps their deadlines."""


FIRST_TO_GO: Final = 500
"""Of 1000: when memory runs out, Linux ends an expert worker, whom the understudies replace, before any other of us."""


def give_way() -> None:
    """Be the first of this family to be ended when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO), encoding="ascii")


def ask(nice: int) -> None:
    """Ask for this niceness."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
