"""A page that is open for a whole night: it grows with nothing that passes, and rests when nothing plays. Behaviour list:

NIGHT-1 a note that has sounded here leaves nothing behind, also in a browser that is never idle (a hidden page); NIGHT-2
wishes, refusals and lines that were lost and came back leave nothing behind; NIGHT-3 the screen stays awake while the
band plays; NIGHT-4 when nothing plays hardly a timer runs; NIGHT-5 questions that nobody answers are given up; NIGHT-6
a page that stood still for bars rushes nothing after and shows what holds.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, PATIENCE_MS, PATIENCE_S, play
from tests.e2e.server import running_server
from tools.browser import opened

pytestmark = pytest.mark.e2e
FAST = BAND | {"start": BAND["start"] | {"tempo": 300.0}}
BARS = 6
STILL = 4
TRIES = 12
ROUNDS = 12
LINES = 60
"""What the log keeps."""
PADS = 7
"""Chords of a key: made anew with every key."""
STATUSES = 3
REST = 6
"""Turns of all timers and frames between two statuses while nothing plays; a library that ticks as if it played adds ten."""
SHOWN = """() => {
    const walker = document.createTreeWalker(document);
    let count = 1;
    while (walker.nextNode()) {
        count += 1;
    }
    return count;
}"""
ELSEWHERE = "() => document.querySelectorAll('body *:not(#log *)').length"
NEVER_IDLE = "window.waiting = []; window.requestIdleCallback = (call) => window.waiting.push(call);"
COUNTED = Path(__file__).with_name("page_timers.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("night"), config=FAST) as server:
        yield server


@pytest.fixture
def context(browser):
    """Open a profile, and close it however the test ends: a page that plays on would weigh in the next."""
    context = browser.new_context()
    yield context
    context.close()


class Scale:
    """Weighs a page: what is left when all garbage is gone."""

    def __init__(self, page):
        self._page, self._cdp = page, page.context.new_cdp_session(page)
        self._cdp.send("Performance.enable")

    def weigh(self):
        """Return counts: sound nodes alive, event listeners, nodes that are kept and stand nowhere on the page."""
        for _ in range(2):  # what the first sweep sets free
            self._cdp.send("HeapProfiler.collectGarbage")
        figures = {each["name"]: each["value"] for each in self._cdp.send("Performance.getMetrics")["metrics"]}
        return figures["AudioHandlers"], figures["JSEventListeners"], figures["Nodes"] - self._page.evaluate(SHOWN)

    def settles(self, most):
        """Weigh again and again, while the music goes on, until nothing is above its bound; AssertionError where it stays."""
        for _ in range(TRIES):
            figures = self.weigh()
            if all(figure < bound for figure, bound in zip(figures, most, strict=True)):
                return
        raise AssertionError((figures, most))


def listening(context, server):
    """Open the page and hear a bar."""
    page = opened(context, server.web_port)
    page.locator("#hear").click()
    expect(page.locator("#hear")).to_have_attribute("aria-pressed", "true")
    pass_bars(page, 1)
    return page


def pass_bars(page, bars):
    """Wait until so many more bars have sounded here; return how many notes that were."""
    count = page.evaluate("() => melody.audio.onsets().length")
    bar = page.evaluate("() => melody.audio.onsets().at(-1)?.bar ?? melody.bars.at(-1).bar")
    page.wait_for_function("n => melody.audio.onsets().at(-1)?.bar >= n", arg=bar + bars)
    return page.evaluate("() => melody.audio.onsets().length") - count


def test_a_note_that_has_sounded_leaves_nothing_behind(context, server, news):
    context.add_init_script(NEVER_IDLE)
    page = listening(context, server)
    pass_bars(page, 1)
    scale = Scale(page)
    sounds, listeners, nodes = scale.weigh()
    notes = pass_bars(page, BARS)
    scale.settles((sounds + notes, listeners + notes / 10, nodes + notes))  # source and gain of each were two


def test_wishes_refusals_and_lost_lines_leave_nothing_behind(context, server, news):
    lines = []
    context.route_web_socket("**/ws", lambda line: lines.append(line) or line.connect_to_server())
    page = opened(context, server.web_port)
    scale = Scale(page)

    def steer(first):
        for turn in range(first, first + ROUNDS):
            news.send("/key", ["Am", "Cm", "F#m"][turn % 3])
            news.send("/section", ["build", "drop"][turn % 2])
            news.send("/tension", turn % 10 / 10)
            news.send("/tension", -1.0 - turn)
            news.send("/seed", turn)
            page.wait_for_function("n => melody.state.seed[0] === n", arg=turn)
            if turn == first:
                opens = len(lines)
                lines[-1].close()
                page.wait_for_function("() => !melody.connected")
                page.wait_for_function("() => melody.connected")
                assert len(lines) > opens
        return page.evaluate(ELSEWHERE)

    steer(0)
    elements = steer(ROUNDS)
    sounds, listeners, nodes = scale.weigh()
    assert steer(2 * ROUNDS) - elements < ROUNDS
    scale.settles((sounds + 1, listeners + ROUNDS, nodes + PADS * ROUNDS))
    for number in range(2 * LINES):
        lines[-1].send(json.dumps({"log": {"kind": "rejected", "text": f"line {number}", "bar": 0}}))
    expect(page.locator("#log")).to_contain_text(f"line {2 * LINES - 1}")
    assert page.locator("#log li").count() == LINES


def test_the_screen_stays_awake_while_the_band_plays(browser, server, news):
    with visiting(browser, server.web_port) as page:
        page.wait_for_function("() => melody.awake")
        page.locator("#stop").click()
        page.wait_for_function("() => melody.state.playing[0] === 0 && !melody.awake")
        play(news)
        page.wait_for_function("() => melody.awake")


def test_hardly_a_timer_runs_when_nothing_plays(context, server, news):
    context.add_init_script(COUNTED)
    page = listening(context, server)
    page.locator("#hear").click()
    expect(page.locator("#hear-state")).to_have_text("off")
    server.ask("/stop", "now")
    page.wait_for_function("() => melody.state.playing[0] === 0")
    page.evaluate("() => turns(1)")  # the last notes fade on the screen
    assert page.evaluate("n => turns(n)", STATUSES) < REST * STATUSES


def test_questions_that_nobody_answers_are_given_up(context, server):
    lines = []
    context.route_web_socket("**/ws", lambda line: lines.append(line) or line.connect_to_server())
    page = opened(context, server.web_port)
    context.route(page.url, lambda _route: None)  # a network that swallows everything
    with page.expect_event("requestfailed", lambda asked: asked.method == "HEAD", timeout=PATIENCE_MS):
        lines[-1].close()


def test_a_page_that_stood_still_rushes_nothing_after(context, server, news):
    page = listening(context, server)
    cdp = context.new_cdp_session(page)
    cdp.send("Debugger.enable")
    cdp.send("Debugger.pause")
    since = len(news.news)
    news.send("/section", "drop")
    news.send("/voice/lead/mute", 1)
    try:
        assert news.wait_for(lambda: len(news.of("/bar", since)) >= STILL, PATIENCE_S)
        bar = news.of("/bar", since)[-1].args[0]
        cdp.send("Debugger.resume")
        page.wait_for_function("n => melody.audio.onsets().at(-1).bar > n + 1", arg=bar + 1)
        expect(page.locator("#lead-mute")).to_have_attribute("aria-pressed", "true")
        onsets = page.evaluate("() => melody.audio.onsets()")
    finally:
        server.ask("/voice/lead/mute", 0)
    assert not [each for each in onsets if bar - STILL + 1 < each["bar"] < bar - 1]
    assert "lead" not in {each["voice"] for each in onsets if each["bar"] == bar + 2}
