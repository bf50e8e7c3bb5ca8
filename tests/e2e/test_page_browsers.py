"""The page in the browsers that performers bring: Firefox, and WebKit as on every iPhone and iPad. Behaviour list:

OTHERS-1 it connects and shows the music; OTHERS-2 a section pad changes the section at the bar that it promised; OTHERS-3 the
fader moves the tension; OTHERS-4 the switch plays all voices on the sound card, and goes on after the device took the
sound away; OTHERS-5 without a sound card it says so and can be tried again; OTHERS-6 on a telephone and on a desk nothing
scrolls sideways; OTHERS-7 all faders and choices are ours; and nothing is complained about in any of it.
"""

import pytest

from tests.e2e.browsers import sound_card
from tests.e2e.firefox import firefox
from tests.e2e.page import BAND, BAR_TICKS, heard
from tests.e2e.server import running_server
from tests.e2e.webkit import webkit
from tools.browser import address, wait_for

pytestmark = pytest.mark.e2e
BROWSERS = {"firefox": firefox, "webkit": webkit}
DESK, PHONE = (1440, 900), (390, 844)
SILENCE = 0.001
LISTENS = 20
"""Half seconds: a busy machine's sound server takes its time before the first sample."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("browsers"), config=BAND) as server:
        wait_for(server.web_port)
        yield server


@pytest.fixture(scope="module")
def card():
    with sound_card() as card:
        yield card


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request, card):
    with BROWSERS[request.param](card.environment) as browser:
        yield browser


@pytest.fixture
def page(browser, server, news):
    browser.go("about:blank")
    browser.complaints()  # of a page that went in the middle of its work
    browser.resize(*DESK)
    browser.go(address(server.web_port))
    browser.until("() => window.melody?.connected && melody.bars.length > 1")
    yield browser
    assert browser.complaints() == []


def test_it_connects_and_shows_the_music(page):
    tick = page.evaluate("() => melody.tick")
    page.until("tick => melody.tick > tick", tick)
    page.until("() => document.body.dataset.link === 'open' && document.body.dataset.playing === 'true'")


def test_a_complaint_would_be_heard(page):
    page.evaluate("() => console.error('of the test')")
    assert page.complaints() == ["of the test"]


def test_a_section_pad_changes_the_section_at_the_promised_bar(page, news):
    wanted = "drop" if page.evaluate("() => melody.state.section[0]") != "drop" else "build"
    page.until(f"() => melody.tick % {BAR_TICKS} < {BAR_TICKS // 5}")
    page.touch(f'[data-section="{wanted}"]')
    bar = int(
        page.until("""() => /→ bar (\\d+)$/.exec(document.querySelector('[data-when="section"]').textContent)?.[1]""")
    )
    assert heard(news, lambda plan: plan[0] == bar)[1] == wanted
    assert heard(news, lambda plan: plan[0] == bar - 1)[1] != wanted
    page.until("name => document.getElementById('now-section').textContent === name", wanted)


@pytest.mark.parametrize("place", [0.2, 0.8])
def test_the_fader_moves_the_tension(place, page, news):
    since = len(news.news)
    page.touch("#tension", place)
    value = page.until("() => Number(document.getElementById('tension').value)")
    assert abs(value - place) < 0.05
    heard(news, lambda plan: abs(plan[2] - value) < 0.01, since=since)
    page.until("value => Math.abs(Number(document.getElementById('curve').dataset.now) - value) < 0.02", value)


def test_the_switch_plays_and_goes_on_after_an_interruption(page, card):
    assert card.loudness() < SILENCE
    page.touch("#hear")
    page.until("() => new Set(melody.audio.onsets().map(({ voice }) => voice)).size === 5")
    assert page.evaluate("() => melody.audio.context.state") == "running"
    assert any(card.loudness() > SILENCE for _ in range(LISTENS))
    page.evaluate("() => melody.audio.context.suspend()")
    count = page.evaluate("() => melody.audio.onsets().length")
    page.until("count => melody.audio.context.state === 'running' && melody.audio.onsets().length > count", count)
    page.touch("#hear")
    page.until("() => melody.audio.context.state === 'suspended'")
    assert page.evaluate("() => document.getElementById('hear-state').textContent") == "off"


NO_CARD = """() => {
    AudioContext.prototype.resume = () => new Promise(() => {});
    const later = setTimeout;
    window.setTimeout = (call, ms) => later(call, ms === 8000 ? 0 : ms);
}"""
"""A device without a card keeps one waiting for ever; and nobody here waits for our patience."""


def test_without_a_sound_card_the_switch_says_so_and_can_be_tried_again(page):
    page.evaluate(NO_CARD)
    page.touch("#hear")
    page.until("() => document.getElementById('errors').textContent.includes('is there a sound card')")
    page.until("() => !document.getElementById('hear').disabled")
    assert not page.evaluate("() => melody.audio.on")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_scrolls_sideways(size, page):
    page.resize(*size)
    page.until("() => document.documentElement.scrollWidth <= innerWidth")


def test_choices_and_numbers_look_like_ours(page):
    looks = """() => [...document.querySelectorAll("select, input[type=range]")].map((node) => getComputedStyle(node).appearance)"""
    assert set(page.evaluate(looks)) == {"none"}
