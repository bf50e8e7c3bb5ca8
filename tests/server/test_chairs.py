from msgspec.structs import replace

from server.chairs import Chairs
from server.experts.seats import Seat
from tests.engines.band import control

A, B, C = Seat("a"), Seat("b"), Seat("c", "v2")


def wishing(expert="", version=""):
    plain = control()
    return replace(plain, chairs=plain.chairs | {"lead": replace(plain.chairs["lead"], expert=expert, version=version)})


def chairs(lineup, ready=(A, B)):
    swaps = []
    return Chairs(lineup, lambda seat: seat in ready, swaps.append), swaps


def test_the_line_up_is_asked_in_its_order_and_nobody_behind_the_rules():
    band, _ = chairs({"lead": ["a", "b"], "bass": ["rules", "a"], "pad": ["b", "rules", "a"], "drums": []})
    assert band.take("lead", wishing()) == (A, B)
    assert band.take("bass", wishing()) == ()
    assert band.take("pad", wishing()) == (B,)
    assert band.take("drums", wishing()) == band.take("nobody", wishing()) == ()
    assert band.lined_up == (A, B)
    assert band.on_stage() == {A, B}


def test_complete_waits_for_first_choices_only_and_never_for_the_rules():
    assert chairs({"lead": ["a", "c"], "bass": ["rules"], "drums": []})[0].complete
    assert not chairs({"lead": ["c", "a"]})[0].complete


def test_who_has_a_chair_keeps_it_until_the_one_asked_for_is_ready():
    ready = [A, B]
    band, swaps = chairs({"lead": ["a", "b"]}, ready)
    assert band.take("lead", wishing("a")) == (A, B)
    assert band.take("lead", wishing("c", "v2")) == (A, B)
    ready.append(C)
    assert band.take("lead", wishing("c", "v2")) == (C, A, B)
    assert band.take("lead", wishing("c", "v2")) == (C, A, B)
    assert band.take("lead", wishing("b")) == (B, A)
    assert swaps == [A, C, B]


def test_the_rules_take_a_chair_at_once_and_keep_it_too():
    band, _ = chairs({"lead": ["a", "b"], "bass": ["b"]})
    assert band.take("lead", wishing("rules")) == ()
    assert band.take("lead", wishing("c", "v2")) == ()
    assert band.on_stage() == {B}
    assert band.take("lead", wishing("a")) == (A, B)
