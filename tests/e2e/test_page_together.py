"""Several pages and an OSC controller at once. Behaviour list:

STEP-1 a fader dragged on one page moves on the other while it is dragged; STEP-2 a controller moves both; STEP-3 what
waits, waits on both; STEP-4 a page that is dragging keeps its fader, and afterwards shows what holds.
"""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.osc_peers import program
from tests.e2e.page import BAND, begin_of_a_bar, news_of, play, promised, state
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("pages"), config=BAND) as server, news_of(server) as news:
        play(news)
        yield server


@pytest.fixture
def pages(browser, server):
    with visiting(browser, server.web_port) as one, visiting(browser, server.web_port) as two:
        yield one, two


def grasp(page, share):
    """Take the tension fader by the mouse at this share of its length; return how to move it."""
    box = page.locator("#tension").bounding_box()

    def move(share):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    move(share)
    page.mouse.down()
    return move


def test_a_fader_that_is_dragged_moves_on_the_other_page(pages):
    one, two = pages
    move = grasp(one, 0.2)
    for share in (0.3, 0.8):
        move(share)
        two.wait_for_function("v => Math.abs(Number(document.getElementById('tension').value) - v) < 0.03", arg=share)
    one.mouse.up()
    shown = one.locator("#tension").input_value()
    expect(two.locator("#tension")).to_have_value(shown)
    expect(two.locator("output[for=tension]")).to_have_text(one.locator("output[for=tension]").text_content())


def test_a_controller_moves_both(pages, server):
    for value in ("0.125", "0.75"):
        subprocess.run([program("oscsend"), server.host, str(server.port), "/tension", "f", value], check=True)
        for page in pages:
            page.wait_for_function("value => melody.state.tension[0] === value", arg=float(value))
            expect(page.locator("output[for=tension]")).to_have_text(f"{float(value):.2f}".replace("0.12", "0.13"))


def test_a_fader_in_the_hand_stays_there_and_then_shows_what_holds(pages, server):
    one, two = pages
    move = grasp(one, 0.5)
    move(0.6)
    mine = one.locator("#tension").input_value()
    two.wait_for_function("v => melody.state.tension[0] === Number(v)", arg=mine)
    server.ask("/tension", 0.25)
    one.wait_for_function("() => melody.state.tension[0] === 0.25")
    assert one.locator("#tension").input_value() == mine
    one.mouse.up()
    expect(one.locator("#tension")).to_have_value("0.25")


def test_what_waits_on_one_page_waits_on_both(pages):
    one, two = pages
    wanted = "drop" if state(one, "section") != "drop" else "build"
    one.locator("#when").select_option("phrase")
    begin_of_a_bar(one)
    one.locator(f'[data-section="{wanted}"]').click()
    bars = [promised(page, "section") for page in pages]
    assert bars[0] == bars[1]
    two.locator("#undo").click()
    for page in pages:
        page.wait_for_function("() => melody.pending.length === 0")


def test_mute_and_solo_are_shown_everywhere(pages):
    one, two = pages
    one.locator("#arp-mute").click()
    expect(two.locator("#arp-mute")).to_have_attribute("aria-pressed", "true")
    expect(two.locator('[data-strip="arp"]')).to_contain_class("silenced")
    two.locator("#arp-mute").click()
    expect(one.locator("#arp-mute")).to_have_attribute("aria-pressed", "false")
    expect(one.locator('[data-strip="arp"]')).not_to_contain_class("silenced")
