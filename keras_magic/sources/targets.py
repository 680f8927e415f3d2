"""One target: its form (binary, integer, one-hot, continuous, ...), classes, order and outliers, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_magic.facts import TargetFacts
from keras_magic.sources.columns import SortedColumns, as_float, beyond_tail, outliers, quantiles
from keras_magic.sources.inputs import numbers
from keras_magic.sources.statistics import Labels, Moments, Rows

#: losses that read a target as numbers: with them, many whole numbers are measurements rather than class indexes
NUMERIC_LOSSES = (
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "huber",
    "log_cosh", "poisson", "cosine_similarity",
)  # fmt: skip


class TargetStats:
    """Statistics of one target, mergeable. `first` is a first batch, from which shape and dtype are read."""

    def __init__(self, name: str, first: np.ndarray):
        self.name, self.dtype = name, str(first.dtype)
        self.shape: tuple[int | None, ...] = tuple(first.shape[1:])
        self.numeric = first.dtype.kind in "fiub" or not numbers(first[:50])[1]
        width = int(np.prod(first.shape[1:], dtype=np.int64))
        self.width = width if first.ndim <= 2 else 1
        self.moments = Moments(self.width)
        self.labels = Labels()
        self.rows = Rows(width) if self.numeric and first.ndim == 2 and 1 < width <= 20_000 else None

    def update(self, array: np.ndarray) -> TargetStats:
        """Add a batch of this target."""
        if not array.size:
            return self
        values = numbers(array)[0] if self.numeric else array
        if self.numeric:
            self.moments.update(values.reshape(-1, self.width))
        if self.rows is not None:
            self.rows.update(values)
        elif self.labels.counts is not None or self.width == 1:
            self.labels.update(values.reshape(-1))
        return self

    def merge(self, other: TargetStats) -> TargetStats:
        """Add what `other` has seen, whose rows come after these."""
        self.moments.merge(other.moments)
        self.labels.merge(other.labels)
        if self.rows is not None and other.rows is not None:
            self.rows.merge(other.rows)
        return self

    def facts(self, sample: np.ndarray, equals_input: str | None = None, loss: str | None = None) -> TargetFacts:
        """Facts from the statistics over all rows and a sample of rows; `loss` decides what many whole numbers mean."""
        common: dict[str, Any] = {"name": self.name, "shape": self.shape, "dtype": self.dtype, "equals_input": equals_input}
        if not self.numeric:
            classes = {str(k): int(v) for k, v in (self.labels.counts or {}).items()}
            form = "single" if len(classes) == 1 else "strings"
            return TargetFacts(**common, form=form, count=self.labels.rows, classes=classes, sortedness=self._sortedness())
        whole = self.moments.total() if self.width > 1 else self.moments
        values = numbers(sample)[0].astype("float64").reshape(-1)
        ordered = SortedColumns(values[:, None]).column(0)
        found = quantiles(ordered)
        share, low, high = outliers(ordered, found)
        integer = bool(len(ordered)) and bool(np.all(ordered == np.floor(ordered)))
        form = "like-input" if equals_input else self._form(integer, loss)
        std = self.moments.std
        return TargetFacts(
            **common,
            form=form,
            count=int(whole.count[0] + whole.nan[0] + whole.inf[0]),
            classes=self._classes(form),
            nan=int(whole.nan[0]),
            inf=int(whole.inf[0]),
            min=as_float(whole.min[0]),
            max=as_float(whole.max[0]),
            mean=as_float(whole.mean[0]) if whole.count[0] else None,
            std=as_float(whole.std[0]),
            quantiles=found,
            column_mean=tuple(float(m) for m in self.moments.mean[:100]) if form == "continuous" and self.width > 1 else (),
            column_std=tuple(float(s) for s in std[:100]) if form == "continuous" and self.width > 1 else (),
            integer=integer,
            sortedness=self._sortedness(ordered),
            outlier_fraction=share,
            outlier_leverage=_leverage(ordered, low, high),
            beyond_tail=beyond_tail(ordered, float(whole.min[0]), float(whole.max[0]), int(whole.count[0])),
        )

    def _form(self, integer: bool, loss: str | None) -> str:
        if self.rows is not None:
            return self._form_of_rows(integer)
        counts = self.labels.counts
        if len(self.shape) > 1 or (len(self.shape) == 1 and self.shape[0] is None):
            return "sequence"
        if counts is None or not integer:
            return "single" if counts is not None and len(counts) == 1 else "continuous"
        values = sorted(float(v) for v in counts)
        if len(values) == 1:
            return "single"
        if values in ([0.0, 1.0], [-1.0, 1.0]):
            return "binary" if values[0] == 0 else "signs"
        return "integer" if self._are_classes(values, loss) else "continuous"

    def _are_classes(self, values: list[float], loss: str | None) -> bool:
        distinct, rows = len(values), max(1, self.labels.rows)
        if loss is not None and "crossentropy" in loss:
            return distinct <= max(20, rows // 2)
        repeated = distinct <= 20 if rows > 60 else distinct <= rows / 3
        if loss in NUMERIC_LOSSES or self.dtype.startswith("float"):
            return repeated and values[-1] - values[0] < 2 * distinct
        return repeated or (distinct <= 0.05 * rows and values[-1] - values[0] < 2 * distinct)

    def _form_of_rows(self, integer: bool) -> str:
        rows = self.rows
        assert rows is not None
        if rows.rows and rows.single == rows.rows:
            return "one-hot"
        if rows.rows and rows.binary == rows.rows:
            return "multi-hot"
        if rows.rows and rows.shares == rows.rows:
            return "probabilities"
        return "sequence" if integer and not self.dtype.startswith("float") else "continuous"

    def _classes(self, form: str) -> dict[str, int]:
        if self.rows is not None and form in ("one-hot", "multi-hot"):
            return {str(i): int(n) for i, n in enumerate(self.rows.positives)}
        if form in ("binary", "signs", "integer", "single") or (form == "sequence" and len(self.labels.counts or ()) <= 256):
            return {_plain(k): int(v) for k, v in sorted((self.labels.counts or {}).items())}
        return {}

    def _sortedness(self, ordered: np.ndarray | None = None) -> float:
        """1 - what happens between neighbours / what would happen between rows drawn at random."""
        labels = self.rows.labels if self.rows is not None else self.labels
        if labels.rows < 20 or (self.rows is None and len(self.shape) > 1):
            return 0.0
        pairs = labels.rows - 1
        if labels.counts is not None and len(labels.counts) <= max(2, labels.rows // 10):
            shares = np.array(list(labels.counts.values())) / labels.rows
            expected = pairs * (1 - float((shares**2).sum()))
            actual: float = labels.changes
        elif ordered is not None and len(ordered) > 1:
            n = len(ordered)
            gini = 2 * float((ordered * (2 * np.arange(n) - n + 1)).sum()) / (n * (n - 1))  # mean |difference| of two rows
            expected, actual = pairs * gini, labels.steps
        else:
            return 0.0
        return float(np.clip(1 - actual / expected, 0.0, 1.0)) if expected > 0 else 0.0


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, (int, float)) and float(value).is_integer() else str(value)


def _leverage(ordered: np.ndarray, low: float, high: float) -> float:
    """Share of the squared deviations (from the median) that the values outside carry."""
    if not len(ordered):
        return 0.0
    squares = (ordered - np.median(ordered)) ** 2
    total = squares.sum()
    return float(squares[(ordered < low) | (ordered > high)].sum() / total) if total > 0 else 0.0
