"""A phone is let in, as its owner does it. Behaviour list:

SHUT-1 a server for its own machine says so behind the telephone, and shows no code; DOOR-1 who comes without a token, or with
a wrong one, is told why in a page that he can read on a phone, and can write the right one; PAIR-1 then he is in, also
after coming back without it, and can let the next one in by code and address.
"""

import re
import socket

import pytest
from playwright.sync_api import expect

from server.web.pairing import own_address
from tests.e2e.conftest import visiting
from tests.e2e.page import BAND
from tests.e2e.server import free_port, running_server

pytestmark = pytest.mark.e2e
TOKEN = "a-token-of-the-stage"  # noqa: S105
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DRAWN = "() => { const code = document.getElementById('pair-code'); return code.complete && code.naturalWidth > 0; }"


def test_a_server_for_its_own_machine_shows_no_code(browser, tmp_path):
    with running_server(tmp_path, config=BAND) as server, visiting(browser, server.web_port) as page:
        page.locator("#pair").click()
        expect(page.locator("#pair-text")).to_contain_text("--lan")
        expect(page.locator("#pair-code")).to_be_hidden()
        expect(page.locator("#pair-address")).to_be_hidden()


def test_a_wrong_token_is_told_and_the_right_one_lets_in(browser, tmp_path):
    us, port = own_address(), free_port(socket.SOCK_STREAM)
    assert us, "this machine has no network address: give it one (a dummy interface will do)"
    config = BAND | {"web": {"port": port, "token": TOKEN}}
    with running_server(tmp_path, "--lan", config=config) as server, visiting(browser, port, **PHONE) as mine:
        context = browser.new_context(**PHONE)
        phone = context.new_page()
        assert phone.goto(f"http://{us}:{port}/").status == 403
        reason = phone.locator("#door-reason")
        expect(reason).to_contain_text("has not paired")
        assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        phone.locator("#token").fill("not the token & <b>")
        phone.locator("button").tap()
        expect(reason).to_contain_text("token is wrong")
        phone.locator("#token").fill(TOKEN)
        phone.locator("button").tap()
        phone.wait_for_function("() => window.melody?.connected")
        phone.goto(f"http://{us}:{port}/")
        phone.wait_for_function("() => window.melody?.connected")
        phone.locator('[data-section="drop"]').tap()
        mine.wait_for_function("() => melody.state.section[0] === 'drop'")
        for page in (phone, mine):
            page.locator("#pair").tap()
            page.wait_for_function(DRAWN)
            expect(page.locator("#pair-address")).to_have_text(f"http://{us}:{port}/?token={TOKEN}")
        assert len(re.findall("token is wrong", server.log())) == 1
        context.close()
