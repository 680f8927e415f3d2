"""Mergeable one-pass statistics: `update(block)`, `merge(other)`, and plain attributes or `result()` to read.

Counts, minima, maxima, label counts and hashes merge exactly. Mean and variance follow Chan, Golub and LeVeque (1983) over
shifted blocks, carried in float64: they agree with a two-pass computation to about 1e-6 standard deviations, whatever the
offset of the data and however it was cut. `Reservoir` keeps a uniform sample of rows: quantiles read from it have a rank error of
about 0.5 / sqrt(rows).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from keras_magic.sources.row_hashes import CACHE_VALUES
from keras_magic.sources.trees import as_text

_FOLD = 1024  # rows are laid side by side until the inner loop is about this long
_LEAST = 8  # rows that are summed up at once, however wide: what is done once for each block is then little beside it
_NARROW = ("bool", "int8", "uint8", "int16", "uint16", "float16")


class Moments:
    """Per column: finite count, NaN, infinities, minimum, maximum, mean and squared deviations; `rows` × `columns` blocks."""

    def __init__(self, columns: int):
        self.count = np.zeros(columns, "int64")
        self.nan = np.zeros(columns, "int64")
        self.inf = np.zeros(columns, "int64")
        self.min = np.full(columns, np.inf)
        self.max = np.full(columns, -np.inf)
        self.mean = np.zeros(columns)
        self.m2 = np.zeros(columns)

    def update(self, block: np.ndarray) -> Moments:
        """Add a (rows, columns) block of real numbers or booleans."""
        columns = max(1, block.shape[1])
        fold = max(1, _FOLD // columns)
        step = max(_LEAST, max(1, CACHE_VALUES // (columns * fold)) * fold)
        if columns == 1 and block.dtype == np.uint8:
            step *= 4
        for start in range(0, len(block), step):
            part = np.ascontiguousarray(block[start : start + step])
            if columns == 1 and part.dtype == np.uint8 and part.size:
                self._add_bytes(part.ravel())
                continue
            if part.dtype.kind != "f" or part.dtype.itemsize < 4:
                part = part.astype("float32" if part.dtype.name in _NARROW else "float64")
            whole = len(part) // fold * fold
            for piece, width in ((part[:whole], fold), (part[whole:], 1)):
                if len(piece):
                    self._add(piece, width)
        return self

    def merge(self, other: Moments) -> Moments:
        """Add what `other` has seen."""
        self.nan += other.nan
        self.inf += other.inf
        self._combine(other.count, other.min, other.max, other.mean, other.m2)
        return self

    @property
    def std(self) -> np.ndarray:
        """Population standard deviation per column; NaN where nothing finite was seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(self.m2 / np.where(self.count > 0, self.count, np.nan))

    def total(self, without: Container[int] = ()) -> Moments:
        """All columns as one, but for those `without`."""
        whole, kept = Moments(1), np.array([i not in without for i in range(len(self.count))], bool)
        if not kept.any():
            return whole
        whole.nan, whole.inf = (np.array([values[kept].sum()]) for values in (self.nan, self.inf))
        count, mean = self.count[kept], self.mean[kept]
        with np.errstate(over="ignore", invalid="ignore"):
            center = float((count / max(1, count.sum())) @ mean)
            m2 = self.m2[kept].sum() + count @ (mean - center) ** 2
        whole._combine(count.sum(), self.min[kept].min(), self.max[kept].max(), center, m2)
        return whole

    def _add(self, piece: np.ndarray, fold: int) -> None:
        columns = piece.shape[1]
        laid = piece.reshape(-1, fold * columns)
        with np.errstate(all="ignore"):
            shift = piece[:: max(1, len(piece) // 8)].mean(axis=0)
            moved = laid - np.tile(shift, fold)
            square = np.einsum("ij,ij->j", moved, moved).reshape(fold, columns).sum(0, dtype="float64")
            if not np.isfinite(square).all():
                self._add_masked(piece)
                return
            total = moved.sum(0).reshape(fold, columns).sum(0, dtype="float64")
            low, high = laid.min(0).reshape(fold, columns).min(0), laid.max(0).reshape(fold, columns).max(0)
        rows = len(piece)
        count = np.full(columns, rows, "int64")
        self._combine(count, low, high, shift + total / rows, np.maximum(square - total * total / rows, 0.0))

    def _add_bytes(self, part: np.ndarray) -> None:
        moved = part.astype("float32")
        shift = float(moved[:8].mean())
        moved -= shift
        total, rows = float(moved.sum()), part.size
        m2 = max(float(moved @ moved) - total * total / rows, 0.0)
        self._combine(np.array([rows]), part.min(), part.max(), np.array([shift + total / rows]), np.array([m2]))

    def _add_masked(self, piece: np.ndarray) -> None:
        wide = piece.astype("float64")
        nan, inf = np.isnan(wide), np.isinf(wide)
        finite = ~(nan | inf)
        self.nan += nan.sum(0)
        self.inf += inf.sum(0)
        count = finite.sum(0)
        with np.errstate(all="ignore"):
            mean = np.where(finite, wide, 0.0).sum(0) / np.maximum(count, 1)
            m2 = (np.where(finite, wide - mean, 0.0) ** 2).sum(0)
        self._combine(count, np.where(finite, wide, np.inf).min(0), np.where(finite, wide, -np.inf).max(0), mean, m2)

    def _combine(self, count: Any, low: Any, high: Any, mean: Any, m2: Any) -> None:
        both = self.count + count
        weight = count / np.maximum(both, 1)
        with np.errstate(over="ignore", invalid="ignore"):  # squares of 1e200 are infinite
            delta = mean - self.mean
            self.mean = self.mean + delta * weight
            self.m2 = self.m2 + m2 + delta * delta * self.count * weight
        self.count = both
        self.min = np.minimum(self.min, low)
        self.max = np.maximum(self.max, high)


class Reservoir:
    """A uniform sample of at most `size` rows of several arrays: every row draws a key, the smallest keys stay (bottom-k).

    Rows are written into the places of those that leave, so the sample is held once.
    """

    def __init__(self, size: int, seed: int = 0):
        self.size, self.seen = size, 0
        self._random = np.random.default_rng(seed)
        self._keys = np.empty(0)
        self._places = np.empty(0, "int64")
        self._arrays: list[np.ndarray] = []

    def update(self, arrays: list[np.ndarray]) -> Reservoir:
        """Add the rows of a batch: arrays of equal length."""
        rows = min(len(a) for a in arrays)
        keys = self._random.random(rows)
        kept = np.arange(rows) if len(self._keys) < self.size else np.flatnonzero(keys < self._keys.max())
        self._extend(keys[kept], kept + self.seen, arrays, kept)
        self.seen += rows
        return self

    def merge(self, other: Reservoir) -> Reservoir:
        """Add the sample of `other`, whose rows come after these."""
        rows = len(other._keys)
        self._extend(other._keys, other._places + self.seen, [a[:rows] for a in other._arrays], np.arange(rows))
        self.seen += other.seen
        return self

    def _extend(self, keys: np.ndarray, places: np.ndarray, arrays: list[np.ndarray], rows: np.ndarray) -> None:
        """Take in `rows` of the arrays, with these keys and places in the whole; the largest keys leave where it is too many."""
        held, together = len(self._keys), np.concatenate([self._keys, keys])
        stay = np.ones(len(together), bool)
        if len(together) > self.size:
            stay[np.argpartition(together, self.size - 1)[self.size :]] = False
        new, size = np.flatnonzero(stay[held:]), min(self.size, len(together))
        if not len(new):
            return
        slots = np.concatenate([np.flatnonzero(~stay[:held]), np.arange(held, size)])
        self._keys, self._places = _grown(self._keys, size), _grown(self._places, size)
        self._keys[slots], self._places[slots] = keys[new], places[new]
        self._make_room(size, arrays)
        for mine, theirs in zip(self._arrays, arrays, strict=True):
            mine[slots] = _padded(theirs[rows[new]], mine.shape[1:])

    def _make_room(self, rows: int, arrays: list[np.ndarray]) -> None:
        if not self._arrays:
            self._arrays = [np.empty((0, *a.shape[1:]), a.dtype) for a in arrays]
        capacity = len(self._arrays[0])
        if rows > capacity:
            capacity = min(self.size, max(rows, 2 * capacity))
        for i, (mine, theirs) in enumerate(zip(self._arrays, arrays, strict=True)):
            if mine.ndim != theirs.ndim:
                raise ValueError(f"rows of shape {mine.shape[1:]} and then of shape {theirs.shape[1:]}")
            shape = tuple(max(pair) for pair in zip(mine.shape[1:], theirs.shape[1:], strict=True))
            dtype = np.result_type(mine, theirs)
            if (capacity, *shape) != mine.shape or dtype != mine.dtype:
                room = np.zeros((capacity, *shape), dtype) if shape != mine.shape[1:] else np.empty((capacity, *shape), dtype)
                room[(slice(len(mine)), *(slice(n) for n in mine.shape[1:]))] = mine
                self._arrays[i] = room

    def result(self) -> list[np.ndarray]:
        """The sampled rows in the order in which they were seen; batches of other widths are filled up with zeros at the end."""
        order = np.argsort(self._places, kind="stable")
        if not np.array_equal(order, np.arange(len(order))):
            self._keys, self._places = self._keys[order], self._places[order]
            for i, array in enumerate(self._arrays):
                self._arrays[i] = array[order]
        return [a[: len(order)] for a in self._arrays]


def _grown(array: np.ndarray, size: int) -> np.ndarray:
    if len(array) == size:
        return array
    room = np.empty(size, array.dtype)
    room[: len(array)] = array
    return room


def _padded(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if array.shape[1:] == shape:
        return array
    return np.pad(array, [(0, 0), *((0, w - n) for w, n in zip(shape, array.shape[1:], strict=True))])


class Labels:
    """Values of one target and their order: counts of at most `limit` different values, and how often neighbours differ.

    Attributes:
        counts: value -> how often; None once there are more than `limit` values (then it is no set of labels).
        changes: neighbours with different values; steps: sum of |differences| between neighbours (numbers only).
    """

    def __init__(self, limit: int = 2000):
        self.limit = limit
        self.counts: dict[Any, int] | None = {}
        self.rows = self.changes = 0
        self.steps = 0.0
        self._first: Any = None
        self._last: Any = None

    def update(self, values: np.ndarray) -> Labels:
        """Add a one-dimensional array of labels or numbers, in order."""
        if not len(values):
            return self
        if self.counts is not None:
            found, numbers = _unique(values)
            self._count(zip(found.tolist(), numbers.tolist(), strict=True))
        values = as_text(values) if values.dtype.kind == "O" else values
        differ = values[1:] != values[:-1]
        steps = 0.0
        if values.dtype.kind in "fiub":
            wide = values.astype("float64")
            steps = float(np.nansum(np.abs(np.diff(wide))))
        self._append(len(values), int(differ.sum()), steps, values[0], values[-1])
        return self

    def merge(self, other: Labels) -> Labels:
        """Add what `other` has seen, whose rows come after these."""
        if other.counts is None:
            self.counts = None
        elif self.counts is not None:
            self._count(other.counts.items())
        if other.rows:
            self._append(other.rows, other.changes, other.steps, other._first, other._last)
        return self

    def _count(self, items: Any) -> None:
        assert self.counts is not None
        for value, number in items:
            self.counts[value] = self.counts.get(value, 0) + number
        if len(self.counts) > self.limit:
            self.counts = None

    def _append(self, rows: int, changes: int, steps: float, first: Any, last: Any) -> None:
        if self.rows:
            changes += int(self._last != first)
            steps += abs(float(first) - float(self._last)) if isinstance(first, (np.number, np.bool_)) else 0.0
        else:
            self._first = first
        self.rows += rows
        self.changes += changes
        self.steps += steps if np.isfinite(steps) else 0.0
        self._last = last


def _unique(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if values.dtype.kind == "O":
        values = as_text(values)
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    if values.dtype.kind in "iu" and len(values) and values.min() >= 0 and values.max() < 100_000:
        counts = np.bincount(values)
        found = np.flatnonzero(counts)
        return found, counts[found]
    return np.unique(values, return_counts=True)


class Rows:
    """What the rows of a target with several columns look like: one-hot, multi-hot, shares that add up to 1, and positives."""

    def __init__(self, columns: int):
        self.rows = self.binary = self.single = self.shares = 0
        self.positives = np.zeros(columns, "int64")
        self.labels = Labels()  # of the position of the largest value: the class of one-hot rows

    def update(self, block: np.ndarray) -> Rows:
        """Add a (rows, columns) block of numbers."""
        wide = block.astype("float64", copy=False)
        binary = ((wide == 0) | (wide == 1)).all(1)
        total = wide.sum(1)
        self.rows += len(block)
        self.binary += int(binary.sum())
        self.single += int((binary & (total == 1)).sum())
        self.shares += int(((wide >= 0).all(1) & (np.abs(total - 1) < 1e-3)).sum())
        self.positives += (wide > 0.5).sum(0)
        self.labels.update(np.nan_to_num(wide, nan=-np.inf).argmax(1))
        return self

    def merge(self, other: Rows) -> Rows:
        """Add what `other` has seen, whose rows come after these."""
        for name in ("rows", "binary", "single", "shares", "positives"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.labels.merge(other.labels)
        return self
