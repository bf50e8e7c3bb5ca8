"""Who is let in: hosts, origins and tokens, exactly."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.config import load
from server.web.door import PAIRS, Door, Knock, Pairs, own_names, plain

HOME = load().web
TOKEN = "a-token-of-the-stage"  # noqa: S105
LAN = replace(HOME, host="0.0.0.0", token=TOKEN)  # noqa: S104
HERE = Knock("127.0.0.1", "127.0.0.1", f"127.0.0.1:{HOME.port}")
THERE = Knock("192.168.1.20", "192.168.1.5", f"192.168.1.5:{HOME.port}")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("end", ["", f":{HOME.port}"])
def test_this_machine_s_own_names_are_ours(host, end):
    assert Door(HOME).refuses_host(replace(HERE, host=host + end)) is None


FOREIGN = [
    "", "evil.example", f"evil.example:{HOME.port}", "127.0.0.1.evil.example", f"localhost:{HOME.port + 1}",
    "localhost:", "localhost:8770:8770", "user@localhost", "127.0.0.1/", "::1", "[::1", "0x7f.1", "127.1", "2130706433",
    "localhost.evil.example", "192.168.1.5", "localhost:99999999999", "l\u043ecalhost",
]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
def test_every_other_host_is_refused_whoever_asks(host):
    refusal = Door(HOME).refuses_host(replace(HERE, host=host))
    assert refusal is not None
    assert (refusal.status, refusal.kind) == (421, "host")


@given(st.text(max_size=80))
def test_whatever_is_said_as_host_is_judged(host):
    known = {"localhost", "127.0.0.1", "[::1]"}
    name, _, port = host.lower().rpartition(":") if not host.endswith("]") and ":" in host else (host.lower(), "", "")
    ours = name in known and port in ("", str(HOME.port)) and not host.endswith(":")
    assert (Door(HOME).refuses_host(replace(HERE, host=host)) is None) == ours


@pytest.mark.parametrize("machine", ["stage", "Stage.", "stage.example"])
def test_opened_to_the_network_the_address_that_was_reached_and_our_names_are_ours_too(monkeypatch, machine):
    monkeypatch.setattr("socket.gethostname", lambda: machine)
    names = {machine.lower().rstrip("."), "stage.local"}
    assert own_names() == names
    door = Door(LAN)
    assert door.refuses_host(THERE) is None
    assert all(door.refuses_host(replace(THERE, host=name)) is None for name in names)
    assert door.refuses_host(replace(THERE, host="192.168.1.6")) is not None
    assert door.refuses_host(replace(THERE, local="fe80::1", host=f"[fe80::1]:{LAN.port}")) is None
    assert all(Door(HOME).refuses_host(replace(HERE, host=name)) is not None for name in names)


@pytest.mark.parametrize("token", ["\udcff", "\ud800" * 16, "\0", "\u00fc"])
def test_a_token_that_is_no_text_is_a_wrong_one(token):
    refusal = Door(LAN).refuses_stranger(replace(THERE, token=token))
    assert refusal is not None
    assert (refusal.status, refusal.kind) == (403, "token")


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "http://evil.example", f"http://evil.example:{HOME.port}", f"https://localhost:{HOME.port}",
        "http://localhost", f"http://localhost:{HOME.port + 1}", f"http://localhost:{HOME.port}/",
        f"http://localhost:{HOME.port}.evil.example", f"http://localhost:{HOME.port}, http://evil.example",
        f"HTTP://LOCALHOST:{HOME.port}", "file://", "chrome-extension://abc",
    ],
)  # fmt: skip
def test_pages_of_others_may_not_speak_to_us(origin):
    refusal = Door(HOME).refuses_origin(replace(HERE, origin=origin))
    assert refusal is not None
    assert (refusal.status, refusal.kind) == (403, "origin")


def test_our_own_page_may_and_who_is_no_page():
    door = Door(LAN)
    assert door.refuses_origin(HERE) is None
    for name in ("localhost", "127.0.0.1", "[::1]", *own_names(), "192.168.1.5"):
        assert door.refuses_origin(replace(THERE, origin=f"http://{name}:{LAN.port}")) is None
    on_80 = Door(replace(LAN, port=80))
    assert on_80.refuses_origin(replace(THERE, origin="http://192.168.1.5")) is None
    assert on_80.refuses_origin(replace(THERE, origin="http://192.168.1.5:80")) is not None  # no browser says so


def test_another_machine_needs_the_token_and_has_paired_with_it():
    door = Door(LAN)
    assert door.refuses_stranger(HERE) is None
    assert door.refuses_stranger(THERE).kind == "no token"
    for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü", "\0"):
        assert door.refuses_stranger(replace(THERE, token=wrong)).kind == "token"
    assert not door.trusts(THERE)
    assert THERE.remote not in door.pairs
    assert door.refuses_stranger(replace(THERE, token=TOKEN)) is None
    assert THERE.remote in door.pairs
    assert door.trusts(THERE)  # OSCQuery of a host that has paired
    assert door.refuses_stranger(THERE) is not None  # its other browsers have not
    assert not door.trusts(replace(THERE, remote="192.168.1.21"))


def test_tokens_are_compared_in_constant_time_and_never_alike(monkeypatch):
    compared = []
    real = secrets.compare_digest
    monkeypatch.setattr(secrets, "compare_digest", lambda a, b: compared.append(1) or real(a, b))
    Door(LAN).refuses_stranger(replace(THERE, token=TOKEN[1:]))
    assert compared == [1]
    one, other = Door(replace(LAN, token=None)), Door(replace(LAN, token=None))
    assert one._token != other._token
    assert len(one._token) >= 20


def test_pairs_are_bounded():
    pairs = Pairs()
    for number in range(PAIRS + 10):
        pairs.add(f"host {number}")
    assert "host 9" not in pairs
    assert "host 10" in pairs
    assert len(pairs._hosts) == PAIRS


def test_addresses_are_named_as_osc_names_them():
    assert plain("::ffff:192.168.1.5") == "192.168.1.5"
    assert plain("fe80::1%eth0") == "fe80::1"
    assert plain("nonsense") == "nonsense"
