import time

from server.player.pacer import Pacer


def test_a_message_that_waits_comes_at_once():
    pacer = Pacer()
    pacer.put("a")
    pacer.put("b")
    assert pacer.wait(time.monotonic() + 3600, spin=False) == "a"
    assert pacer.wait(0.0, spin=True) == "b"


def test_the_moment_is_never_early():
    pacer = Pacer()
    for spin in (False, True):
        until = time.monotonic() + 0.002
        assert pacer.wait(until, spin=spin) is None
        assert time.monotonic() >= until
