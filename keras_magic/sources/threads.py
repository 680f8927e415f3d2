"""Threads and interrupts: one BLAS thread for short computations, and work that an interrupt does not cut in two."""

from __future__ import annotations

import signal
import threading
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


@contextmanager
def in_one_piece() -> Iterator[None]:
    """An interrupt that comes meanwhile (Ctrl-C, Jupyter's stop button) is raised at the end."""
    if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGINT)):
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
