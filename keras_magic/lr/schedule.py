"""Step -> rate: the rates of a range test, as a pure function."""

from __future__ import annotations

import numpy as np

#: Half decades within which an end of the range takes the place of the learning rate beside it.
_NEAR = 0.2


def exponential(low: float, high: float, steps: int) -> np.ndarray:
    """`steps` rates from `low` to `high`, both included, each a constant factor above the one before. Shape (steps,)."""
    return low * (high / low) ** (np.arange(steps) / (steps - 1))


def lattice(low: float, high: float) -> np.ndarray:
    """The ends and the rates 10^(k/2) between them: 0.001, 0.00316, 0.01, ... the same for every seed, so that answers agree;
    where none lies between, the middle instead."""
    first, last = np.floor(2 * np.log10(low) + 1 + _NEAR), np.ceil(2 * np.log10(high) - 1 - _NEAR)
    between = 10.0 ** (np.arange(first, last + 1) / 2) if last >= first else [np.sqrt(low * high)]
    return np.concatenate([[low], between, [high]])
