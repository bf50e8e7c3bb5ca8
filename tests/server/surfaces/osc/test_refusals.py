import pytest

from server.surfaces.osc.refusals import MAX_REASON, REFUSALS_AT_HOME_PER_S, REFUSALS_PER_S, Refusals, readable

AWAY, HOME = ("10.0.0.1", 5000), ("127.0.0.1", 5000)


@pytest.mark.parametrize(("who", "most"), [(AWAY, REFUSALS_PER_S), (HOME, REFUSALS_AT_HOME_PER_S)])
def test_everybody_has_so_many_reasons_a_second(who, most):
    refusals = Refusals()
    assert not refusals.spent(who, 0.0)
    assert [refusals.take(who, 0.0) for _ in range(most)][-1] == 0
    assert refusals.spent(who, 0.5)
    assert refusals.take(who, 0.5) == -1
    assert not refusals.spent(who, 1.0)


def test_a_host_is_one_whatever_its_port_and_a_program_of_this_machine_is_one_by_its_port():
    refusals = Refusals()
    for _ in range(REFUSALS_AT_HOME_PER_S):
        refusals.take(AWAY, 0.0)
        refusals.take(HOME, 0.0)
    assert refusals.spent((AWAY[0], 5001), 0.0)
    assert not refusals.spent((HOME[0], 5001), 0.0)


def test_what_was_sent_is_one_short_line():
    assert readable("/tension") == "/tension"
    assert readable("/a\nERROR \x1b[2Jb") == r"'/a\nERROR \x1b[2Jb'"
    assert len(readable("x" * 10_000)) == MAX_REASON
