"""A browser for the tests of the page, and its pages with what they complain about."""

import contextlib
import gc
import re
import warnings

import pytest

from tests.e2e.osc_peers import program
from tests.e2e.page import news_of, play
from tools.browser import PROGRAM, chromium, opened

LOST = re.compile(r"WebSocket|ERR_CONNECTION|ERR_SOCKET|ERR_EMPTY_RESPONSE")
"""What a browser says of a server that went away."""


@pytest.fixture(scope="module")
def browser():
    program(PROGRAM)
    with chromium() as browser:
        yield browser


@pytest.fixture
def news(server):
    """What the server of the module, which plays, tells over OSC: the truth that a page is held against."""
    with news_of(server) as news:
        play(news)
        yield news


@contextlib.contextmanager
def visiting(browser, port, *, server_goes=False, **about):
    """Open the page in a profile of its own; whatever it complains about fails the test."""
    context = browser.new_context(**about)
    faults = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    context.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    try:
        yield opened(context, port)
    finally:
        context.close()
    assert not [fault for fault in faults if not (server_goes and LOST.search(fault))]


@pytest.fixture(autouse=True)
def swept() -> None:
    """Sweep away what a failed try before has left behind, so that no later test is blamed for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
