"""A headless Chromium that looks at the page: for tests, pictures and the benchmark. Needs the extra `dev`."""

import contextlib
import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PROGRAM: Final = "chromium"
AUDIBLE: Final = "--autoplay-policy=no-user-gesture-required"
"""Nobody touches a headless page."""
UNGUARDED: Final = "--disable-features=LocalNetworkAccessChecks"
"""A page that came from nowhere (see `hearing`) may speak to loopback; and attacks reach us, not only the browser."""
PATIENCE_MS: Final = 20_000
AGAIN_S: Final = 0.05
EAR: Final = Path(__file__).with_name("page_ear.js")
WORKLET: Final = Path(__file__).with_name("page_ear_worklet.js")


@contextlib.contextmanager
def chromium(*args: str) -> Iterator["Browser"]:
    """Run the system's Chromium with further arguments; OSError says what is missing."""
    path = shutil.which(PROGRAM)
    if path is None:
        raise FileNotFoundError(f"{PROGRAM} is missing: apt install {PROGRAM}")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise FileNotFoundError("playwright is missing: pip install playwright") from error
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[AUDIBLE, *args])
        try:
            yield browser
        finally:
            browser.close()


def opened(context: "BrowserContext", port: int) -> "Page":
    """Return the page of the server at `port` of loopback, connected; waits for both."""
    wait_for(port)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address(port))
    page.wait_for_function("() => window.melody?.connected")
    return page


def wait_for(port: int) -> None:
    """Wait until somebody listens: a server opens its page a little after it answers to OSC."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(AGAIN_S)
        else:
            return


def address(port: int) -> str:
    """Return the page's address."""
    return f"http://127.0.0.1:{port}/"


def hearing(browser: "Browser") -> "BrowserContext":
    """Return a context whose pages record what they play: `window.ear.strokes()`, s of the AudioContext.

    It goes without our content security policy, which rightly forbids a recorder that is not the page's own.
    """
    context = browser.new_context(bypass_csp=True)
    context.add_init_script(f"window.earWorklet = {json.dumps(WORKLET.read_text())};\n{EAR.read_text()}")
    return context
