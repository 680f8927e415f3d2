"""One pass over the training rows: what is gathered on the way, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.facts import BrokenOff, ModelFacts
from keras_magic.sources.inputs import InputStats
from keras_magic.sources.replay import Batch
from keras_magic.sources.row_hashes import RowHashes
from keras_magic.sources.statistics import Moments, Reservoir
from keras_magic.sources.targets import TargetStats
from keras_magic.sources.trees import named_leaves

SAMPLE_ROWS = 20_000


SAMPLE_BYTES = 32 * 2**20
HEAD_ROWS = 1500


@dataclass
class Pass:
    """Everything that one pass over one part of the data gathers; mergeable, so that workers can each do a piece."""

    model: ModelFacts | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    inputs: list[InputStats] = field(default_factory=list)
    targets: list[TargetStats] = field(default_factory=list)
    weights: Moments = field(default_factory=lambda: Moments(1))
    weight_zeros: int = 0
    sample: Reservoir | None = None
    hashes: RowHashes = field(default_factory=RowHashes)
    rows: int = 0
    seed: int = 0

    def update(self, batch: Batch) -> Pass:
        """Add a batch."""
        x, y = list(named_leaves(batch.x, "x")), list(named_leaves(batch.y, "y"))
        if not self.inputs:
            self.start(batch)
        self._check(batch, x, y)
        for stats, (_, array) in zip(self.inputs, x, strict=True):
            stats.update(array)
        for target, (_, array) in zip(self.targets, y, strict=True):
            target.update(array)
        for _, array in named_leaves(batch.sample_weight, "sample_weight"):
            self.weights.update(weight_values(array).reshape(-1, 1))
            self.weight_zeros += int((array == 0).sum())
        arrays = [a for _, a in (*x, *y)]
        if self.sample is not None and len(arrays[0]):
            self.sample.update(arrays)
            self.hashes.update([a for _, a in x], [a for _, a in y])
        self.rows += batch.rows
        return self

    def _check(self, batch: Batch, x: list[tuple[str, np.ndarray]], y: list[tuple[str, np.ndarray]]) -> None:
        """Whether a batch has the arrays of the first one, all of one length."""
        for part, found, stats in (("x", x, self.inputs), ("y", y, self.targets)):
            if len(found) != len(stats):
                raise ValueError(f"it has {len(found)} arrays in {part}, the first one had {len(stats)}")
            if isinstance(batch.x if part == "x" else batch.y, dict) and [n for n, _ in found] != [s.name for s in stats]:
                raise ValueError(f"its {part} has the keys {[n for n, _ in found]}, the first one had {[s.name for s in stats]}")
        lengths = {name: len(a) for name, a in (*x, *y, *named_leaves(batch.sample_weight, "sample_weight"))}
        if len(set(lengths.values())) > 1:
            raise ValueError("its arrays differ in length: " + ", ".join(f"{name} has {n} rows" for name, n in lengths.items()))

    def merge(self, other: Pass) -> Pass:
        """Add what `other` has seen, whose rows come after these."""
        if not other.inputs:
            return self
        if not self.inputs:
            self.__dict__.update(other.__dict__)
            return self
        for mine, theirs in zip(self.inputs, other.inputs, strict=True):
            mine.merge(theirs)
        for target, more in zip(self.targets, other.targets, strict=True):
            target.merge(more)
        self.weights.merge(other.weights)
        self.weight_zeros += other.weight_zeros
        if self.sample is not None and other.sample is not None:
            self.sample.merge(other.sample)
        self.hashes.merge(other.hashes)
        self.rows += other.rows
        return self

    def start(self, batch: Batch) -> None:
        """Read names, shapes, dtypes and roles from a first batch, without counting it."""
        x, y = list(named_leaves(batch.x, "x")), list(named_leaves(batch.y, "y"))
        self.inputs = [InputStats(name, array, self.model, self.columns.get(name)) for name, array in x]
        self.targets = [TargetStats(name, array) for name, array in y]
        row = sum(a.nbytes // max(1, len(a)) for _, a in (*x, *y))
        self.sample = Reservoir(sample_rows_for(row), self.seed)

    def reseed(self, seed: int) -> None:
        """Give this piece of the data its own random numbers for the sample."""
        assert self.sample is not None
        self.sample = Reservoir(self.sample.size, seed)

    def sampled(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """(inputs, targets) of the sampled rows."""
        arrays = self.sample.result() if self.sample is not None and self.sample.seen else []
        if not arrays:
            return [np.empty((0, *(s or 0 for s in i.shape))) for i in self.inputs], [np.empty((0,)) for _ in self.targets]
        return arrays[: len(self.inputs)], arrays[len(self.inputs) :]


@dataclass
class Unread:
    """What a pass left out: sentences for the report, and streams that raised."""

    notes: list[str] = field(default_factory=list)
    stoppable: bool = False  # an interrupt ends the reading, not the whole
    broken: list[BrokenOff] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.notes) + len(self.broken)


def sample_rows_for(row: int) -> int:
    """How many rows of so many bytes to keep: what fits, 256 as long as they take four times that, at least 16."""
    fits = SAMPLE_BYTES // max(1, row)
    return max(16, min(SAMPLE_ROWS, max(fits, min(256, 4 * fits))))


def weight_values(array: np.ndarray) -> np.ndarray:
    try:
        if array.dtype.kind not in "mMc":
            return np.asarray(array, "float64")
    except (TypeError, ValueError):
        pass
    raise UsageError(f"sample_weight must hold one number per row, but it holds values of dtype {array.dtype}")
