import pytest

from server.surfaces.osc.hosts import account, is_loopback, is_ours
from server.surfaces.osc.packet import Message


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("192.168.1.2", False),
        ("127.0.0.1.example", False),
        ("localhost", False),
    ],
)
def test_only_literals_of_this_machine_are_trusted(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize("address", ["/rejected", "/state/voice/lead/mute", "/Bar", "/pong/", "//synced"])
def test_what_only_we_say_is_ours(address):
    assert is_ours(Message(address, ()))


def test_a_question_or_a_button_is_not_ours():
    assert not is_ours(Message("/status", ()))
    assert not is_ours(Message("/status", (1.0,)))
    assert is_ours(Message("/status", ("playing", 1)))
    assert not is_ours(Message("/tension", (0.5,)))


def test_programs_of_this_machine_have_accounts_of_their_own():
    assert account(("127.0.0.1", 1)) != account(("127.0.0.1", 2))
    assert account(("10.0.0.1", 1)) == account(("10.0.0.1", 2))
