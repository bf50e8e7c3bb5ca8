"""A real worker process that a version of an expert kills, as a native crash would: loading v2 ends it."""

import os
import signal
from unittest import mock

from engines.library import Library
from server.experts import worker

DEADLY = "v2"


def main(connection):
    card = Library.card

    def deadly(library, name, version=None):
        if version == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return card(library, name, version)

    with mock.patch.object(Library, "card", deadly):
        worker.main(connection)
