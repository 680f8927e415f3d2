"""One BLAS thread for short computations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep the BLAS of numpy to a single thread meanwhile.

    The pass multiplies many small matrices. Spread over threads each product gains microseconds, while idle threads keep their
    cores busy waiting for the next: on two cores that doubled the CPU time of an audit, and more beside other work.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
