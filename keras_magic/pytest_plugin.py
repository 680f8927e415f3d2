"""A fixture for pytest: a test fails where a training in it has a fault. pytest finds it by itself.

def test_it_learns(diagnosed):
    with diagnosed(level="error"):
        build_model().fit(x_train, y_train, epochs=5, validation_data=(x_val, y_val))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest


@pytest.fixture
def diagnosed() -> Callable[..., AbstractContextManager[Any]]:
    """Diagnose every training in a `with` block, and fail where something was found.

    The block takes `level` ("error", "warning" or "info", see `Report.raise_for`) and the arguments of `keras_magic.watch`; it
    gives the report. No fixes are tried unless `seconds` says so.
    """

    @contextmanager
    def watching(level: str = "error", *, seconds: float = 0.0, **options: Any) -> Iterator[Any]:
        import keras_magic as km
        from keras_magic.errors import FaultFound

        with km.watch(seconds=seconds, **options) as report:
            yield report
        if not report.diagnoses:
            pytest.fail("nothing was trained inside diagnosed()", pytrace=False)
        try:
            report.raise_for(level)
        except FaultFound as fault:
            pytest.fail(str(fault), pytrace=False)

    return watching
