"""For all tests: one browser and one Jupyter server, whatever the number of processes."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from keras_magic.watch.traces import forgotten


def pytest_configure(config: pytest.Config) -> None:
    """Give SIGINT Python's own handler: a shell starts what it runs in the background with the signal ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True)
def traced_graphs_are_freed() -> Iterator[None]:
    """TensorFlow keeps the graph of every training whose loss has a custom gradient: 2 MB each, as long as the process."""
    with forgotten():
        yield
