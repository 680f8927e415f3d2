"""One column of the training data at a time: how it is distributed by class, and what was found about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from keras_magic.errors import UsageError
from keras_magic.facts import ColumnFacts
from keras_magic.findings import Finding
from keras_magic.sources.batches import sample_rows
from keras_magic.sources.trees import named_leaves
from keras_magic.views.axes import legend_above, shortened
from keras_magic.views.html import number, template
from keras_magic.views.plots import QUIET, TRAIN, Plot

ROWS = 4096  # drawn, taken from the training rows
_MOST_CLASSES = 6
_FEW_VALUES = 12  # as many different values are counted one by one
_COLORS = (TRAIN, "#c8642c", "#2e8b57", "#8e5bb5", "#b58a00", "#4a9aa5")


class Explorer:
    """A sample of the training rows, column by column.

    Args:
        diagnosis: a `keras_magic.diagnosis.result.Diagnosis` with a run and facts about its data.

    Raises:
        UsageError: there is no data, or it has no columns (images, token ids).
    """

    def __init__(self, diagnosis: Any) -> None:
        data = diagnosis.facts.data
        if diagnosis.run is None or data is None:
            raise UsageError("there is no data in this report to look at")
        self.findings: tuple[Finding, ...] = tuple(f for finding in diagnosis.findings for f in (finding, *finding.symptoms))
        sample = sample_rows(diagnosis.run, ROWS)
        arrays = [np.asarray(array) for _, array in named_leaves(sample.x, "x")]
        several = len(data.inputs) > 1
        self._columns: dict[str, tuple[str, ColumnFacts, np.ndarray]] = {}
        for facts, array in zip(data.inputs, arrays, strict=False):
            for index, column in enumerate(facts.columns):
                label = f"{facts.name}: {column.name}" if several else column.name
                self._columns[label] = (facts.name, column, array[..., index] if array.ndim > 1 else array)
        if not self._columns:
            raise UsageError("the data has no columns to choose from: tables and sequences have, images and token ids have not")
        target = data.targets[0] if data.targets else None
        y = next((np.asarray(leaf) for _, leaf in named_leaves(sample.y, "y")), None)
        self._classes = None if y is None or target is None or not target.classes else _labels(y, target.form)
        self._target = None if y is None or self._classes is not None or target is None else (target.name, y)

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return list(self._columns)

    def plot(self, name: str) -> Plot:
        """The distribution of a column: by class, against a continuous target, or alone."""
        values, groups = self._values(name)
        title = f"Column {shortened(name)}: {len(values):,} rows" + (" by class" if len(groups) > 1 else "")
        alt = f"Distribution of {name}" + (f" in the classes {', '.join(groups)}" if len(groups) > 1 else "")
        if self._is_counted(values):
            return Plot(title, alt, lambda ax: _bars(ax, values, groups))
        if self._target is not None and self._target[1].size == len(values):
            label, y = self._target
            return Plot(title, f"{label} against {name}", lambda ax: _scatter(ax, values, y.reshape(-1), name, label), 2.8)
        return Plot(title, alt, lambda ax: _histogram(ax, values, groups))

    def about(self, name: str) -> list[Finding]:
        """The findings that speak of a column or of the whole input that it belongs to."""
        owner, column, _ = self._columns[name]
        return [f for f in self.findings if f.where in (owner, column.name) or column.name in _mentioned(f.evidence)]

    def html(self, name: str) -> str:
        """Image, figures and findings of a column."""
        column = self._columns[name][1]
        shown = ("min", "max", "mean", "std", "distinct", "nan", "inf", "sentinel")
        figures = [(key, number(getattr(column, key))) for key in shown if getattr(column, key) not in (None, 0) or key == "min"]
        return template("column.html").render(name=name, image=self.plot(name).image(), figures=figures, findings=self.about(name))

    def _values(self, name: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """A column's values, and for each of the largest classes which rows are its own (a single group without classes)."""
        if name not in self._columns:
            raise UsageError(f"there is no column {name!r}; there are {', '.join(self.names[:8])}")
        values = self._columns[name][2]
        by_row = self._classes if self._classes is not None and len(self._classes) == len(values) else None
        if values.ndim > 1:  # a sequence: every time step of a row belongs to its class
            by_row = None if by_row is None else np.repeat(by_row, values[0].size)
            values = values.reshape(-1)
        if by_row is None:
            return values, {"all rows": np.ones(len(values), bool)}
        labels, counts = np.unique(by_row, return_counts=True)
        largest = labels[np.argsort(-counts, kind="stable")[:_MOST_CLASSES]]
        return values, {str(label): by_row == label for label in sorted(largest.tolist())}

    @staticmethod
    def _is_counted(values: np.ndarray) -> bool:
        return values.dtype.kind not in "fiub" or len(np.unique(values[:ROWS])) <= _FEW_VALUES


def _labels(y: np.ndarray, form: str) -> np.ndarray | None:
    """The class of each row, where a row has one."""
    if form == "one-hot":
        return y.reshape(len(y), -1).argmax(axis=1)
    return y.reshape(-1) if y.size == len(y) else None


def _bars(ax: Axes, values: np.ndarray, groups: Mapping[str, np.ndarray]) -> None:
    shown, counts = np.unique(values.astype(str), return_counts=True)
    shown = shown[np.sort(np.argsort(-counts, kind="stable")[:_FEW_VALUES])]
    width = 0.8 / len(groups)
    for place, ((label, rows), color) in enumerate(zip(groups.items(), _COLORS, strict=False)):
        mine = values[rows].astype(str)
        shares = [100 * float((mine == value).mean()) if len(mine) else 0.0 for value in shown]
        ax.bar(np.arange(len(shown)) + (place - (len(groups) - 1) / 2) * width, shares, width, color=color, label=shortened(label))
    ax.set_xticks(range(len(shown)), [shortened(str(value), 14) for value in shown])
    ax.set_ylabel("% of its rows")
    if len(groups) > 1:
        legend_above(ax)


def _histogram(ax: Axes, values: np.ndarray, groups: Mapping[str, np.ndarray]) -> None:
    numbers = values.astype(float)
    finite = np.isfinite(numbers)
    if not finite.any():
        ax.text(0.5, 0.5, "no finite value", ha="center", transform=ax.transAxes, color=QUIET)
        return
    edges = np.histogram_bin_edges(numbers[finite], bins=30).tolist()
    for (label, rows), color in zip(groups.items(), _COLORS, strict=False):
        mine = numbers[rows & finite]
        if len(mine):
            share = np.full(len(mine), 100 / len(mine))
            ax.hist(mine, edges, weights=share, color=color, alpha=0.25)
            ax.hist(mine, edges, weights=share, color=color, histtype="step", linewidth=1.5, label=shortened(label))
    ax.set_ylabel("% of its rows")
    ax.set_xlabel("value")
    if len(groups) > 1:
        legend_above(ax)


def _scatter(ax: Axes, values: np.ndarray, target: np.ndarray, name: str, label: str) -> None:
    ax.plot(values.astype(float), target.astype(float), linestyle="none", marker=".", markersize=3, alpha=0.5, color=TRAIN)
    ax.set_xlabel(shortened(name))
    ax.set_ylabel(shortened(label))


def _mentioned(evidence: Any) -> Iterator[str]:
    """Every text in the evidence of a finding, keys too: columns are named there."""
    if isinstance(evidence, str):
        yield evidence
    elif isinstance(evidence, Mapping):
        for key, value in evidence.items():
            yield str(key)
            yield from _mentioned(value)
    elif isinstance(evidence, (list, tuple)):
        for value in evidence:
            yield from _mentioned(value)
