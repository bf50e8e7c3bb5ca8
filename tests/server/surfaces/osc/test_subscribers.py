import pytest

from server.surfaces.osc.pattern import Pattern
from server.surfaces.osc.subscribers import (
    MAX_PER_HOST,
    MAX_SUBSCRIBERS,
    FullError,
    Subscriber,
    Subscribers,
    VagueError,
)

A, B = ("10.0.0.1", 5000), ("10.0.0.2", 5000)


def subscriber(target, origin=None, pattern=None):
    return Subscriber(target, origin or target, Pattern(pattern) if pattern else None)


@pytest.mark.parametrize(
    ("pattern", "address", "wanted"),
    [
        (None, "/state/tension", True),
        (None, "/bar", True),
        (None, "/note", False),
        ("*", "/note", False),
        ("*", "/bar", True),
        ("/note", "/note", True),
        ("{bar,note}", "/note", True),
        ("tension", "/state/tension", True),
        ("/state/*", "/state/voice/lead/mute", True),
        ("/state/*", "/bar", False),
        ("voice/*/mute", "/state/voice/lead/mute", True),
        ("/voice/*", "/state/voice/lead/mute", True),
        ("/tension", "/state/tension", True),
        ("state/tension", "/state/tension", True),
        ("bpm", "/state/tempo", True),
        ("/bpm", "/state/tempo", True),
        ("{/tension,/bar}", "/state/tension", True),
        ("bar", "/bar", True),
        ("bar", "/beat", False),
    ],
)
def test_a_pattern_chooses(pattern, address, wanted):
    listener = subscriber(A, pattern=pattern)

    assert listener.wants(address) is wanted
    assert listener.wants(address) is wanted  # from memory


def test_this_machine_is_one_host_by_whatever_address_it_speaks():
    subscribers = Subscribers(60.0)
    asker = ("::1", 6000, 0, 0)
    subscribers.add(subscriber(("127.0.0.1", 9001), asker), 0.0)
    subscribers.renew(("::1", 7000, 0, 0), 30.0)

    assert [s.target for s in subscribers.wanting("/bar", 89.0)] == [("127.0.0.1", 9001)]
    assert subscribers.reply_targets(asker, "/pong") == [asker, ("127.0.0.1", 9001)]
    subscribers.remove(asker)
    assert len(subscribers) == len(subscribers._lease_ends) == 0


def test_a_lease_ends_unless_the_host_speaks():
    subscribers = Subscribers(60.0)
    subscribers.add(subscriber(A), 0.0)
    subscribers.add(subscriber(B), 0.0)
    subscribers.renew((A[0], 7777), 30.0)
    subscribers.renew(("10.0.0.9", 5000), 30.0)

    assert [s.target for s in subscribers.wanting("/bar", 59.9)] == [A, B]
    assert [s.target for s in subscribers.wanting("/bar", 60.0)] == [A]
    assert [s.target for s in subscribers.wanting("/bar", 90.0)] == []
    assert len(subscribers) == 0


def test_unsubscribing_ends_what_this_socket_asked_for():
    subscribers = Subscribers(60.0)
    sender, other = (A[0], 6000), (A[0], 6001)
    subscribers.add(subscriber(A, sender), 0.0)
    subscribers.add(subscriber(other), 0.0)

    subscribers.remove(sender)
    assert [s.target for s in subscribers.wanting("/bar", 1.0)] == [other]
    subscribers.remove(("10.0.0.3", 5000))
    assert len(subscribers) == 1


def test_unsubscribing_from_a_new_socket_ends_its_host_s_only_one():
    subscribers = Subscribers(60.0)
    for target in (A, B):
        subscribers.add(subscriber(target), 0.0)

    subscribers.remove((A[0], 7000))
    assert [s.target for s in subscribers.wanting("/bar", 1.0)] == [B]


def test_unsubscribing_from_a_new_socket_takes_nobody_else_s_news():
    subscribers = Subscribers(60.0)
    for target in (A, (A[0], 5001)):
        subscribers.add(subscriber(target), 0.0)

    with pytest.raises(VagueError, match="name the port: one of 5000, 5001"):
        subscribers.remove((A[0], 7000))
    assert len(subscribers) == 2


def test_the_same_target_again_changes_the_pattern():
    subscribers = Subscribers(60.0)
    subscribers.add(subscriber(A), 0.0)
    subscribers.add(subscriber(A, pattern="bar"), 1.0)

    assert len(subscribers) == 1
    assert not list(subscribers.wanting("/beat", 2.0))


def test_replies_go_to_the_sending_port_and_to_the_one_it_subscribed():
    subscribers = Subscribers(60.0)
    sender, listener = (A[0], 6000), (A[0], 7000)
    subscribers.add(subscriber(A, sender, "bar"), 0.0)
    subscribers.add(subscriber(listener), 0.0)

    assert subscribers.reply_targets(sender, "/pong") == [sender, A]
    assert subscribers.reply_targets(listener, "/pong") == [listener]
    assert subscribers.reply_targets(B, "/pong") == [B]


def test_a_socket_without_subscription_is_answered_on_the_ports_that_its_host_named():
    subscribers = Subscribers(60.0)
    stranger, other = (A[0], 6001), (A[0], 5001)
    subscribers.add(subscriber(A, (A[0], 6000)), 0.0)
    subscribers.add(subscriber(other, (A[0], 6000), "bar"), 0.0)
    subscribers.add(subscriber((A[0], 7000)), 0.0)
    subscribers.add(subscriber(B, (B[0], 6000)), 0.0)

    assert subscribers.reply_targets(stranger, "/pong") == [stranger, A]
    assert subscribers.reply_targets(stranger, "/bar") == [stranger, A, other]


def test_unsubscribing_a_port_ends_that_one():
    subscribers = Subscribers(60.0)
    for target in (A, (A[0], 5001)):
        subscribers.add(subscriber(target), 0.0)
    subscribers.remove((A[0], 7000), 5001)
    subscribers.remove((A[0], 7000), 9999)

    assert [s.target for s in subscribers.wanting("/bar", 1.0)] == [A]


def test_nobody_can_fill_the_memory():
    subscribers = Subscribers(60.0)
    for port in range(2 * MAX_PER_HOST):
        subscribers.add(subscriber((A[0], port)), 0.0)
    assert len(subscribers) == len(subscribers._spoke) == MAX_PER_HOST
    for host in range(MAX_SUBSCRIBERS - MAX_PER_HOST):
        subscribers.add(subscriber((f"10.1.0.{host}", 1)), 0.0)
    with pytest.raises(FullError, match="are the most"):
        subscribers.add(subscriber(B), 0.0)
    subscribers.add(subscriber(A), 0.0)  # in place of one of its own
    subscribers.add(subscriber(B), 60.0)  # the others have lapsed

    assert len(subscribers) == len(subscribers._spoke) == len(subscribers._lease_ends) == 1


def test_a_program_that_comes_back_from_new_sockets_locks_nobody_out():
    subscribers = Subscribers(60.0)
    patch, named, quiet = (A[0], 6000), (A[0], 9001), (A[0], 6001)
    subscribers.add(subscriber(quiet), 0.0)
    subscribers.add(subscriber(named, (A[0], 6002)), 0.0)
    subscribers.add(subscriber(patch), 0.0)
    for n in range(100):
        now = 1.0 + n
        subscribers.renew(patch, now)  # a fader
        subscribers.add(subscriber((A[0], 10_000 + n)), now)

    there = {s.target for s in subscribers.wanting("/bar", 101.0)}
    assert {patch, named, (A[0], 10_099)} <= there
    assert quiet not in there
    assert len(there) == MAX_PER_HOST


def test_whoever_keeps_a_list_hears_of_every_change():
    lists = []
    subscribers = Subscribers(60.0, lambda everybody: lists.append([s.target for s in everybody]))
    subscribers.add(subscriber(A), 0.0)
    subscribers.add(subscriber(B), 0.0)
    subscribers.remove(A)

    assert lists == [[A], [A, B], [B]]
