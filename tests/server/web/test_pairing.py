from xml.etree import ElementTree as ET

from msgspec.structs import replace

from server.config import load
from server.opening import open_to_lan
from server.web.pairing import address, blocks, is_open, own_address, picture, settled

CONFIG = load()


def test_a_token_is_made_once_kept_and_one_s_own_rules():
    one, other = settled(CONFIG), settled(CONFIG)
    assert one.web.token != other.web.token
    assert settled(one) == one
    assert settled(CONFIG, "of the main before").web.token == "of the main before"  # noqa: S105
    own = replace(CONFIG, web=replace(CONFIG.web, token="my-own-token-1"))  # noqa: S106
    assert settled(own, "of the main before").web.token == "my-own-token-1"  # noqa: S105


def test_only_what_is_opened_is_open():
    assert not is_open(CONFIG)
    assert is_open(open_to_lan(CONFIG, lan=True))
    opened = open_to_lan(CONFIG, lan=True)
    assert not is_open(replace(opened, web=replace(opened.web, enabled=False)))
    for host in ("localhost", "::1", "127.0.0.5"):
        assert not is_open(replace(CONFIG, web=replace(CONFIG.web, host=host)))


def test_the_address_is_one_that_other_machines_reach():
    config = open_to_lan(settled(CONFIG, "token-of-twelve"), lan=True)
    url = address(config)
    assert "0.0.0.0" not in url  # noqa: S104
    assert url.endswith(f":{config.web.port}/?token=token-of-twelve")
    assert own_address() in url
    six = replace(config, web=replace(config.web, host="fd00::5"))
    assert address(six).startswith("http://[fd00::5]:8770/")


def test_the_codes_are_drawn():
    url = "http://192.168.1.5:8770/?token=token-of-twelve"
    assert ET.fromstring(picture(url)).tag.endswith("svg")  # noqa: S314
    lines = blocks(url).splitlines()
    assert len(lines) > 10
    assert picture(url) != picture(url + "x")
