"""Servers die, end and start again; the page comes back by itself. Behaviour list:

BACK-1 main is killed: the guard starts it again, the page connects, shows the music, and plays it where it did; BACK-2 the
server ends: the page says so and refuses wishes in plain words; BACK-3 another starts on the same port: the page is there;
BACK-4 another version of the server is told; BACK-5 a page of which a part did not come is loaded anew.
"""

import os
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, news_of, play
from tests.e2e.server import running_server
from tools.browser import address, hearing, opened, wait_for

pytestmark = pytest.mark.e2e


def shows_music(page):
    """Wait until bars come in and the playhead runs."""
    bar = page.evaluate("() => melody.bars.at(-1)?.bar ?? -1")
    page.wait_for_function("n => melody.bars.length > 0 && melody.bars.at(-1).bar > n + 1", arg=bar)
    tick = page.evaluate("() => melody.tick")
    page.wait_for_function("tick => melody.tick > tick", arg=tick)
    expect(page.locator("body")).to_have_attribute("data-playing", "true")


def test_main_is_killed_and_the_page_comes_back_with_the_music(browser, tmp_path):
    with running_server(tmp_path, config=BAND) as server, news_of(server) as news:
        play(news)
        context = hearing(browser)
        page = opened(context, server.web_port)
        page.locator("#hear").click()
        page.wait_for_function("() => melody.audio.onsets().length > 20")
        page.locator("#swing").fill("0.25")
        page.wait_for_function("() => melody.state.swing[0] === 0.25")
        page.evaluate("""() => {
            window.links = [];
            new MutationObserver(() => window.links.push(document.body.dataset.link))
                .observe(document.body, { attributeFilter: ["data-link"] });
        }""")
        heard = page.evaluate("() => melody.audio.context.currentTime")
        pid = server.status()["main_pid"]
        os.kill(pid, signal.SIGKILL)
        page.wait_for_function("() => window.links.includes('lost') && window.links.at(-1) === 'open'")
        assert server.wait_for(lambda status: status["playing"])["main_pid"] != pid
        shows_music(page)
        assert page.evaluate("() => melody.state.swing") == [0.25]
        bar = page.evaluate("() => melody.bars.at(-1).bar")
        page.wait_for_function("n => melody.audio.onsets().some(({ bar }) => bar > n)", arg=bar)
        page.wait_for_function("s => ear.strokes().some((stroke) => stroke > s + 3)", arg=heard)
        context.close()


@pytest.mark.parametrize("part", ["notes.js", "app.js", "layout.css"])
def test_a_page_of_which_a_part_did_not_come_is_loaded_anew(part, browser, tmp_path):
    with running_server(tmp_path, config=BAND) as server:
        context = browser.new_context()
        context.route(f"**/{part}", lambda route: route.fulfill(status=429, body="too many"), times=1)
        page = context.new_page()
        wait_for(server.web_port)
        page.goto(address(server.web_port))
        page.wait_for_function("() => window.melody?.connected && [...document.styleSheets].length === 3")
        context.close()


def test_a_server_that_ends_and_one_that_starts_again(browser, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with running_server(first, config=BAND) as server:
        visit = visiting(browser, server.web_port, server_goes=True)
        page = visit.__enter__()
        with news_of(server) as news:
            play(news)
        shows_music(page)
    link = page.locator("#link")
    expect(link).to_contain_text("trying again")
    expect(page.locator("body")).to_have_attribute("data-link", "lost")
    page.locator('[data-section="drop"]').click()
    expect(page.locator("#errors")).to_contain_text("nothing was sent")
    with running_server(second, config=BAND | {"web": {"port": server.web_port}}) as server:
        expect(link).to_have_text("connected")
        expect(page.locator("body")).to_have_attribute("data-playing", "false")
        assert page.evaluate("() => melody.bars") == []
        page.locator("#play").click()
        shows_music(page)
        visit.__exit__(None, None, None)


def test_another_version_of_the_server_is_told(browser, tmp_path):
    with running_server(tmp_path, config=BAND) as server:
        context = browser.new_context()
        lines = []

        def connect(line):
            lines.append(line)
            version = f'"version":"{len(lines)}.0"'
            far = line.connect_to_server()
            far.on_message(lambda said: line.send(re.sub(r'"version":"[^"]+"', version, said, count=1)))

        context.route_web_socket("**/ws", connect)
        page = opened(context, server.web_port)
        expect(page.locator("#link")).to_have_text("connected")
        expect(page.locator("#log")).not_to_contain_text("version")
        lines[0].close()
        expect(page.locator("#log")).to_contain_text(
            "the server is another version now (2.0, before 1.0): reload this page"
        )
        context.close()
