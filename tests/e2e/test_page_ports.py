"""What the page does is heard at the band's real ports, by an ear on a JACK server. Behaviour list:

PORTS-1 play and stop, with a click and with the space bar; PORTS-2 panic with a click and with Escape: every note off, and on
again at the next bar line; PORTS-3 mute silences a voice and no other.
"""

import socket

import pytest
from playwright.sync_api import expect

from engines.units import VOICES
from tests.e2e.concert import BAR_S, concert
from tests.e2e.conftest import visiting
from tests.e2e.jackd import STEADY
from tests.e2e.sound import RATE
from tests.e2e.test_faults import all_notes_off, lengths
from tools.live_server import free_port

pytestmark = pytest.mark.e2e

WITH_JACK_S = 0.05 + 2 * STEADY / RATE
"""What JACK has already still sounds."""


@pytest.fixture
def port():
    return free_port(socket.SOCK_STREAM)


@pytest.fixture
def show(tmp_path, port):
    with concert(tmp_path, play=False, web={"port": port}) as show:
        show.news.send("/subscribe")
        yield show


@pytest.fixture
def page(browser, show, port):
    with visiting(browser, port) as page:
        yield page


def silence(show):
    """Wait until every note has ended and no other has begun for a bar."""
    assert show.ear.wait_for(lambda heard: None not in lengths(heard), 4 * BAR_S), show.ear.hanging()
    count = len(show.ear.notes_on())
    assert not show.ear.wait_for(lambda _: len(show.ear.notes_on()) > count, BAR_S)


@pytest.mark.parametrize("by", ["click", "key"])
def test_play_and_stop(by, page, show):
    expect(page.locator("body")).to_have_attribute("data-playing", "false")
    page.locator("#play").click() if by == "click" else page.keyboard.press("Space")
    show.hear_bars(2)
    expect(page.locator("body")).to_have_attribute("data-playing", "true")
    page.locator("#stop").click() if by == "click" else page.keyboard.press("Space")
    expect(page.locator("body")).to_have_attribute("data-playing", "false")
    silence(show)


@pytest.mark.parametrize("by", ["click", "key"])
def test_panic(by, page, show):
    page.locator("#play").click()
    show.hear_bars(2)
    page.locator("#panic").click() if by == "click" else page.keyboard.press("Escape")
    assert show.ear.wait_for(lambda _: {off.port for off in all_notes_off(show)} == set(VOICES), 4 * BAR_S)
    off = all_notes_off(show)[-1].time
    before = [message for message in show.ear.heard if message.time <= off]
    assert None not in lengths(before)
    show.hear_bars(1)
    assert next(on.time for on in show.ear.notes_on() if on.time > off) < off + 1.5 * BAR_S


def test_mute_silences_a_voice_and_no_other(page, show):
    page.locator("#play").click()
    show.hear_bars(2)
    for voice in ("drums", "bass"):
        page.locator(f"#{voice}-mute").click()
    expect(page.locator("#bass-mute")).to_have_attribute("aria-pressed", "true")
    assert show.news.wait_for(
        lambda: show.news.of("/state/voice/bass/mute") and show.news.of("/state/voice/drums/mute"), 10
    )
    assert show.ear.wait_for(lambda _: show.ear.notes_on("pad"), 10)
    leads, since = len(show.ear.notes_on("lead")) + 12, show.ear.notes_on()[-1].time + WITH_JACK_S
    assert show.ear.wait_for(lambda _: len(show.ear.notes_on("lead")) > leads, 20 * BAR_S)
    for voice in ("drums", "bass"):
        assert not [on for on in show.ear.notes_on(voice) if on.time > since]
    page.locator("#drums-mute").click()
    show.hear_bars(1)
