"""What holds for all tests."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:  # a worker has one core: threads that spin would take the others' away
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # time is never judged in a test
settings.register_profile("repeatable", patient, derandomize=True, database=None)
settings.register_profile("explore", patient)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
"""Unwatched runs try the same examples on every machine; `HYPOTHESIS_PROFILE=explore` looks for new ones."""

E2E_RERUNS = 2
"""A virtual machine may stand still for 10 to 100 ms several times a minute, whatever the priority; then JACK loses
cycles, with what was sent in them (a pulse of a clock, and its follower is a pulse behind), and throws clients out. A
fault of ours shows again each time; each rerun is reported, and `make test` tries what failed once more at its end."""


@pytest.fixture
def hears_hangup():
    """Start programs that hear a terminal close, also where the tests were told not to (nohup): it is inherited."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.flaky(reruns=E2E_RERUNS))
