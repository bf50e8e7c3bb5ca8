import os

from server.vitals import Vitals, look, stuck


def test_our_own_vitals():
    vitals = look(os.getpid())
    assert vitals.state in "RS"
    assert vitals.cpu_s > 0


def test_who_is_stuck():
    idle = Vitals("S", 1.0)
    assert stuck(idle, Vitals("T", 1.0), 0.25)
    assert stuck(idle, Vitals("R", 1.24), 0.25)
    assert not stuck(idle, Vitals("R", 1.01), 0.25)
    assert not stuck(idle, idle, 0.25)
    assert stuck(None, None, 0.25)
    assert look(2**30) is None
