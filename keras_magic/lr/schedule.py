"""Step -> rate: the rates of a range test, as a pure function."""

from __future__ import annotations

import numpy as np


def exponential(low: float, high: float, steps: int) -> np.ndarray:
    """`steps` rates from `low` to `high`, both included, each a constant factor above the one before. Shape (steps,)."""
    return low * (high / low) ** (np.arange(steps) / (steps - 1))


def lattice(low: float, high: float) -> np.ndarray:
    """The rates 10^(k/2) between `low` and `high`: 0.001, 0.00316, 0.01, ... the same for every seed, so that answers agree;
    where fewer than two lie between, the ends and their middle."""
    first, last = np.ceil(2 * np.log10(low) - 1e-9), np.floor(2 * np.log10(high) + 1e-9)
    return 10.0 ** (np.arange(first, last + 1) / 2) if last > first else exponential(low, high, 3)
