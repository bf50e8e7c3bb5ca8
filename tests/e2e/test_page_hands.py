"""The page under fingers: telephones and keyboards. Behaviour list:

PHONE-1 at 360 px nothing scrolls sideways; PHONE-2 what is played is at least 40 px high; PHONE-3 it obeys touch; KEYS-1 digits
are sections, arrows the tension, M and a digit a mute; KEYS-2 what one types into a text is text; KEYS-3 the keys are told.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, news_of, play, state
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e
FINGER_PX = 40
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SIZES = [(360, 640), (390, 844), (844, 390), (768, 1024), (1440, 900), (3840, 2160)]
PLAYED = """button.pad, .transport button, .moves button, .switches button, #hear, #chords, #chords-set, #chords-auto, #tap"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("hands"), config=BAND) as server, news_of(server) as news:
        play(news)
        yield server


@pytest.fixture
def page(browser, server):
    with visiting(browser, server.web_port) as page:
        yield page


@pytest.fixture
def phone(browser, server):
    with visiting(browser, server.web_port, **PHONE) as page:
        yield page


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_scrolls_sideways(size, browser, server):
    width, height = size
    with visiting(browser, server.web_port, viewport={"width": width, "height": height}) as page:
        page.wait_for_function("() => melody.bars.length > 2")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """width => [...document.querySelectorAll("button, input, select, output, canvas, h2, h3, p")]
                .filter((node) => node.checkVisibility() && !node.closest(".unseen, dialog, .scrolls"))
                .map((node) => [node.id || node.className || node.textContent, node.getBoundingClientRect()])
                .filter(([, box]) => box.width > 0 && (box.left < -0.5 || box.right > width + 0.5))
                .map(([name]) => name)""",
            width,
        )
        assert outside == []


def test_what_is_played_is_as_high_as_a_finger(phone):
    phone.wait_for_function("() => document.querySelectorAll('#sections .pad').length > 3")
    small = phone.evaluate(
        """([played, least]) => [...document.querySelectorAll(played)]
            .map((node) => [node.id || node.textContent, Math.round(node.getBoundingClientRect().height)])
            .filter(([, height]) => height < least)""",
        [PLAYED, FINGER_PX],
    )
    assert small == []


def test_a_phone_obeys_touch(phone):
    wanted = "drop" if state(phone, "section") != "drop" else "build"
    phone.locator(f'[data-section="{wanted}"]').tap()
    phone.wait_for_function("wanted => melody.state.section[0] === wanted", arg=wanted)
    phone.locator("#tension").scroll_into_view_if_needed()
    box = phone.locator("#tension").bounding_box()
    phone.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    phone.wait_for_function("() => Math.abs(melody.state.tension[0] - 0.3) < 0.05")
    phone.locator("#bass-mute").tap()
    expect(phone.locator("#bass-mute")).to_have_attribute("aria-pressed", "true")
    phone.locator("#bass-mute").tap()
    expect(phone.locator("#bass-mute")).to_have_attribute("aria-pressed", "false")


def test_keys_steer(page):
    names = page.locator("#sections .pad")
    place = 1 if names.nth(0).get_attribute("aria-pressed") == "true" else 0
    page.keyboard.press(str(place + 1))
    page.wait_for_function(
        "name => melody.state.section[0] === name", arg=names.nth(place).get_attribute("data-section")
    )
    page.locator("#tension").fill("0.5")
    page.locator("#tension").blur()
    page.wait_for_function("() => melody.state.tension[0] === 0.5")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => melody.state.tension[0] === 0.55")
    page.keyboard.press("m")
    page.keyboard.press("2")
    expect(page.locator("#bass-mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    page.keyboard.press("2")
    expect(page.locator("#bass-mute")).to_have_attribute("aria-pressed", "false")


def test_what_is_typed_is_text(page):
    before = page.evaluate("() => melody.state")
    entry = page.locator("#scene-name")
    entry.press_sequentially("1 2 mash up")
    assert entry.input_value() == "1 2 mash up"
    entry.press("Escape")
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(true)))")
    assert page.evaluate("() => melody.state") == before


def test_the_keys_are_told_and_none_plays_meanwhile(page):
    section = state(page, "section")
    page.keyboard.press("?")
    dialog = page.locator("#help-dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("panic")
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert state(page, "section") == section
