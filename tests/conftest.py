"""What holds for all tests."""

import pytest

E2E_RERUNS = 2
"""A virtual machine may stand still for 100 ms and more, and then JACK throws clients out and loses cycles. A fault of
ours shows again; each rerun is reported."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.flaky(reruns=E2E_RERUNS))
