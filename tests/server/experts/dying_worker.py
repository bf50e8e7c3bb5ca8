"""A real worker process: loading v2 kills it, as a native crash would; loading v3 never comes to an end."""

import os
import signal
import threading
from unittest import mock

from engines.library import Library
from server.experts import worker

DEADLY, ENDLESS = "v2", "v3"


def main(connection):
    card = Library.card

    def deadly(library, name, version=None):
        if version == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if version == ENDLESS:
            threading.Event().wait()
        return card(library, name, version)

    with mock.patch.object(Library, "card", deadly):
        worker.main(connection)
