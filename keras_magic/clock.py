"""How long a measurement may take: seconds in which this process could work, not those in which a busy machine let it wait."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 3.0
BUSY = 2.0  # processes per core that want to run: above it others hold the machine


class Clock:
    """Counts the seconds since it was made, and knows when none are left.

    On a machine that others do not hold, these are seconds on the clock on the wall. Where other processes hold it, what this
    process computed counts (its CPU time, over all threads), so that a trial shows there what it shows on a machine of its own; but
    by the clock on the wall no more than `PATIENCE` times the seconds go by.

    Args:
        seconds: that may pass; without limit by default.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self.seconds = seconds
        self._wall, self._work = time.perf_counter(), time.process_time()
        self._busy = busy()
        self._aside = 0.0

    @property
    def wall(self) -> float:
        """Seconds on the clock on the wall."""
        return time.perf_counter() - self._wall

    @property
    def elapsed(self) -> float:
        """Seconds that count so far."""
        wall, work = self.wall, time.process_time() - self._work
        return (max(min(wall, work), wall / PATIENCE) if self._busy else wall) - self._aside

    @property
    def left(self) -> float:
        """Seconds that are left; negative after the end."""
        return self.seconds - self.elapsed

    @property
    def over(self) -> bool:
        """No time is left."""
        return self.left <= 0

    @property
    def share(self) -> float:
        """How much of the time is gone, from 0 to 1."""
        return min(1.0, self.elapsed / self.seconds)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is done inside does not count."""
        before = self.elapsed
        try:
            yield
        finally:
            self._aside += self.elapsed - before

    def part(self, seconds: float) -> Clock:
        """A clock for a part of what is left."""
        return Clock(max(0.0, min(seconds, self.left)))


def busy() -> bool:
    """Whether more processes want to run than there are cores, over the last minute; False where this cannot be determined."""
    try:
        return os.getloadavg()[0] > BUSY * (os.cpu_count() or 1)
    except (AttributeError, OSError):  # Windows
        return False
