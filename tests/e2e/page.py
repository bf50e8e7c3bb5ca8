"""What tests of the page share: a band that plays fast, its news over OSC, and words for what a page shows."""

import contextlib

from playwright.sync_api import expect

from tools.browser import PATIENCE_MS
from tools.live_server import Listener

BPM = 200.0
BAR_TICKS = 1920
BAND = {
    "start": {"section": "build", "tempo": BPM, "tension": 0.5, "chords": "Am F C G", "seed": 7, "humanize": 0.0},
    "band": {"lineup": {"lead": ["lead-gru"]}},
}
PATIENCE_S = PATIENCE_MS / 1000
expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def news_of(server):
    """Hear over OSC what the server tells: the truth that the page is held against."""
    listener = Listener(server.port)
    try:
        listener.send("/subscribe")
        assert listener.ping(PATIENCE_S) is not None
        yield listener
    finally:
        listener.close()


def play(news):
    """Make the band play, nothing where it does; a bar has begun whose plan has been heard, and so will all from here."""
    news.send("/play")
    since = len(news.news)

    def known():
        return {bar.args[0] for bar in news.of("/bar", since)} & {plan.args[0] for plan in news.of("/plan")}

    assert news.wait_for(known, PATIENCE_S), "no music"


def heard(news, predicate, address="/plan", since=0):
    """Return the arguments of the first news of that address for which the predicate holds."""

    def found():
        return [each.args for each in news.of(address, since) if predicate(each.args)]

    assert news.wait_for(found, PATIENCE_S), (address, [each.args for each in news.of(address, since)][-5:])
    return found()[0]


def begin_of_a_bar(page):
    """Wait until a bar has just begun: what is wished now is wished long before the next is decided."""
    page.wait_for_function(f"() => {{ const t = melody.tick; return t > 0 && t % {BAR_TICKS} < {BAR_TICKS // 5}; }}")


def promised(page, path):
    """Wait until the page says at which bar a wish of that path takes effect; return the bar."""
    shown = """path => /→ bar (\\d+)$/.exec(document.querySelector(`[data-when="${path}"]`).textContent)?.[1]"""
    return int(page.wait_for_function(shown, arg=path).json_value())


def state(page, path):
    """Return the first value of a path, as the page knows it."""
    return page.evaluate("path => melody.state[path]?.[0]", path)
