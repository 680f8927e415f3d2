"""Do fits of one model go through the folds of a cross-validation? Each trains on another part of the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_magic.sources.rescaled import rescaled_share
from keras_magic.sources.runs import row_hashes
from keras_magic.sources.trees import leaves, to_numpy

FITS = 3
STEADY = 0.03  # by which the shares of folds differ at most: a window that moves on shares less and less
LEAST, MOST = 0.4, 0.98  # of the rows that two folds share, from 2.5 to 50 of them
MOST_ROWS = 20_000  # of a fit that are compared


@dataclass
class Rotation:
    """Shares of each later fit's rows that the first one trained on as well, scaled again or not."""

    first: Any = None
    rows: int = 0
    shares: list[float] = field(default_factory=list)

    def add(self, x: Any) -> None:
        """The training rows of one more fit: arrays or frames."""
        table = to_numpy(leaves(x)[0])
        if self.first is None:
            self.first, self.rows = table, len(table)
        else:
            alike = abs(len(table) - self.rows) <= max(1, 0.02 * self.rows)
            self.shares.append(_shared(table, self.first) if alike else 0.0)

    @property
    def share(self) -> float:
        """Share of the rows that any two fits have in common; 0 where they are no folds."""
        steady = len(self.shares) >= FITS - 1 and max(self.shares) - min(self.shares) <= STEADY
        return min(self.shares) if steady and LEAST <= min(self.shares) <= max(self.shares) <= MOST else 0.0


def _shared(table: np.ndarray, other: np.ndarray) -> float:
    if table.shape[1:] != other.shape[1:] or len(table) > MOST_ROWS:
        return 0.0
    mine, theirs = row_hashes(table), row_hashes(other)
    same = len(mine & theirs) / max(1, len(mine))
    return same or rescaled_share(table, other)
