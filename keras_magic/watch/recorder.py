"""`Recorder`: takes the vector of each step apart, keeps a bounded series of it, and notes the first NaN or infinity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.facts import LayerSeries, NonfiniteEvent
from keras_magic.watch.downsampling import Downsampled
from keras_magic.watch.layers import activation_name
from keras_magic.watch.probes.noise import NoiseScale
from keras_magic.watch.step import Layout, Slot

LOSSES = 2000
SAMPLES = 256

_KINDS = {
    "mean": "activation",
    "loss": "loss",
    "gradient": "gradient",
    "kernel": "weight",
    "other": "weight",
    "before": "weight before",
}


class Recorder:
    """What was measured so far, in bounded memory.

    Args:
        replicas: gradients and rows are per replica where a strategy trains several copies; they are scaled to the whole batch.
    """

    def __init__(self, replicas: int = 1) -> None:
        self.replicas = replicas
        self.losses: Downsampled[float] = Downsampled(LOSSES)
        self.rows: Downsampled[np.ndarray] = Downsampled(SAMPLES)
        self.initial_loss: float | None = None
        self.batch_size = 0
        self.nonfinite: NonfiniteEvent | None = None
        self.columns: dict[Slot, list[int]] = {}
        self.arrival: float | None = None  # the step's clock when the last batch arrived
        self.noise = NoiseScale()
        self._layout: Layout | None = None
        self._weights = np.zeros(0)
        self._last_step = 0

    def add(self, step: int, vector: np.ndarray, layouts: Sequence[Layout], *, dynamic_scale: bool = False) -> None:
        """Take in the vector of a step (1-based); of a vector laid out otherwise than the first one only the loss is kept."""
        self.look(step, vector, layouts, dynamic_scale=dynamic_scale)
        layout = layouts[int(vector[0])]
        values = vector[1 : 1 + len(layout.slots)]
        if self._layout is None:
            self._layout = layout
            self.columns = _columns(layout)
            self._weights = np.asarray(layout.sketch)
        columns = self.columns if layout is self._layout else _columns(layout)
        if layout is self._layout:
            self.rows.add(step, values)
            if layout.sketch:
                self.noise.add(step, vector[1 + len(layout.slots) :], self._weights)
        if loss := columns.get(Slot("loss", "")):
            value = float(values[loss[0]])
            self.initial_loss = value if not self.losses.offered else self.initial_loss
            self.losses.add(step, value)
        if rows := columns.get(Slot("rows", "")):
            self.batch_size = max(self.batch_size, int(values[rows[0]]) * self.replicas)
        if arrival := columns.get(Slot("arrival", "")):
            self.arrival = float(values[arrival[0]])

    def look(self, step: int, vector: np.ndarray, layouts: Sequence[Layout], *, dynamic_scale: bool = False) -> None:
        """Look for the first NaN or infinity only: the step was not one of the evenly spaced ones."""
        slots = layouts[int(vector[0])].slots
        values = vector[1 : 1 + len(slots)]
        if self.nonfinite is None and not np.isfinite(values.sum()):
            gap = step - self._last_step > 1
            self.nonfinite = _first_nonfinite(step, values, slots, skip_gradients=dynamic_scale, gap=gap)
        self._last_step = step

    def latest(self, layer: str) -> dict[str, float]:
        """The last sample of a layer: gradient_norm, update_ratio, dead, saturated where they were measured."""
        table = _Table(self.rows.values[-1:], self.columns, self.replicas)
        found = {
            "gradient_norm": table.norm("gradient", layer),
            "update_ratio": table.update_ratio(layer),
            "dead": table.dead(layer),
            "saturated": table.mean("saturated", layer),
        }
        return {name: series[-1] for name, series in found.items() if series}

    def layers(self, known: Mapping[str, Any], *, updates_rest: bool = False) -> tuple[LayerSeries, ...]:
        """One series per layer that was measured, in the model's order.

        Args:
            known: name -> layer.
            updates_rest: gradients are accumulated: a step without an update has no ratio.
        """
        table = _Table(self.rows.values, self.columns, self.replicas)
        measured = {slot.layer for slot in self.columns}
        steps = self.rows.steps
        found = []
        for name, layer in known.items():
            if name not in measured:
                continue
            gradients = table.norm("gradient", name)
            means = table.mean("mean", name)
            found.append(
                LayerSeries(
                    name=name,
                    kind=type(layer).__name__,
                    activation=activation_name(layer),
                    steps=steps if gradients or table.has("kernel", name) or table.has("other", name) else (),
                    gradient_norm=gradients,
                    weight_norm=table.norm("kernel", name, "other"),
                    update_ratio=table.update_ratio(name, rests=updates_rest),
                    activation_steps=steps if means else (),
                    activation_mean=means,
                    activation_std=table.deviation(name),
                    dead=table.dead(name),
                    saturated=table.mean("saturated", name),
                )
            )
        return tuple(found)


class _Table:
    """The sampled vectors as a matrix with named columns."""

    def __init__(self, rows: Sequence[np.ndarray], columns: Mapping[Slot, list[int]], replicas: int) -> None:
        self._matrix = np.asarray(rows, dtype=np.float64).reshape(len(rows), len(rows[0]) if len(rows) else 0)
        self._columns = columns
        self._replicas = replicas

    def has(self, measure: str, layer: str) -> bool:
        return Slot(measure, layer) in self._columns

    def _sum(self, layer: str, *measures: str) -> np.ndarray | None:
        columns = [column for measure in measures for column in self._columns.get(Slot(measure, layer), ())]
        return self._matrix[:, columns].sum(axis=1) if columns and len(self._matrix) else None

    def norm(self, measure: str, layer: str, *more: str) -> tuple[float, ...]:
        """Euclidean norm over the variables, each of which came as half its sum of squares; NaN where these were unreadable."""
        total = self._sum(layer, measure, *more)
        if total is None:
            return ()
        factor = self._replicas if measure == "gradient" else 1
        return tuple((factor * np.sqrt(2 * np.where(total < 0, np.nan, total))).tolist())

    def deviation(self, layer: str) -> tuple[float, ...]:
        total = self._sum(layer, "variance")
        return () if total is None else tuple(np.sqrt(total).tolist())

    def mean(self, measure: str, layer: str) -> tuple[float, ...]:
        total = self._sum(layer, measure)
        return () if total is None else tuple(total.tolist())

    def dead(self, layer: str) -> tuple[float, ...]:
        """Share of units without any value above zero."""
        return tuple(1 - alive for alive in self.mean("alive", layer))

    def update_ratio(self, layer: str, *, rests: bool = False) -> tuple[float, ...]:
        """Norm of the update / norm of the kernels; NaN where the kernels are all zero or the step only gathered gradients."""
        update, kernel = self._sum(layer, "update"), self._sum(layer, "kernel")
        if update is None or kernel is None:
            return ()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.sqrt(update / np.where(kernel > 0, kernel, np.nan))
        if rests:
            ratio = np.where(update == 0, np.nan, ratio)
        return tuple(ratio.tolist())


def _columns(layout: Layout) -> dict[Slot, list[int]]:
    """Slot -> the entries that hold it (one per variable of a layer)."""
    columns: dict[Slot, list[int]] = {}
    for column, slot in enumerate(layout.slots):
        columns.setdefault(slot, []).append(column)
    return columns


def _first_nonfinite(
    step: int, values: np.ndarray, slots: Sequence[Slot], *, skip_gradients: bool, gap: bool
) -> NonfiniteEvent | None:
    """Forward pass, loss, backward pass, weights: the first of these that is not finite, and the layer where it starts.

    Once the weights are spoilt every layer is: after a gap in the sampling the origin is then not known, unless the weights
    before the step were measured, too.
    """
    bad: dict[str, list[Slot]] = {}
    for slot, value in zip(slots, values, strict=True):
        if not math.isfinite(value) and slot.measure in _KINDS:
            bad.setdefault(_KINDS[slot.measure], []).append(slot)
    if spoilt := bad.pop("weight before", None):
        return _left_behind(step, spoilt, loss="loss" in bad)
    if skip_gradients:
        bad.pop("gradient", None)
    if gap and "weight" in bad and not any(slot.measure == "before" for slot in slots):
        return NonfiniteEvent(step=step, kind="loss" if "loss" in bad else "weight")
    for kind in ("activation", "loss", "gradient", "weight"):
        if hits := bad.get(kind):
            origin = hits[-1] if kind == "gradient" else hits[0]  # gradients flow backwards: the last layer's come first
            return NonfiniteEvent(step=step, kind=kind, layer=origin.layer or None)
    return None


def _left_behind(step: int, spoilt: list[Slot], *, loss: bool) -> NonfiniteEvent:
    """An unmeasured step spoilt the weights; if that shows in the loss it was the last one, as any loss that is not finite is seen.

    Its own loss was finite, so its gradient was not, and that from the last of the spoilt layers backwards.
    """
    if not loss:
        return NonfiniteEvent(step=step, kind="weight")
    return NonfiniteEvent(step=step - 1, kind="gradient", layer=spoilt[-1].layer)
