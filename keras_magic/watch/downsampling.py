"""`Downsampled`: a series of bounded length; when it is full every second sample goes and the spacing doubles."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Downsampled(Generic[T]):
    """Evenly spaced samples of an endless series.

    Args:
        capacity: most samples kept; between half of it and all of it are there once it has been full.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.stride = 1
        self.offered = 0
        self.samples: list[tuple[int, T]] = []

    def add(self, step: int, value: T) -> None:
        """Offer the value of a step; it is kept if its turn has come."""
        due = self.offered % self.stride == 0
        self.offered += 1
        if not due:
            return
        self.samples.append((step, value))
        if len(self.samples) > self.capacity:
            self.samples = self.samples[::2]
            self.stride *= 2

    @property
    def steps(self) -> tuple[int, ...]:
        """Step numbers of the samples."""
        return tuple(step for step, _ in self.samples)

    @property
    def values(self) -> list[T]:
        """The samples, oldest first."""
        return [value for _, value in self.samples]
