"""Which recipe, with which settings, suits the values of one input or target: (training values, the user's object) -> `Step`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied or written

from keras_magic.fixes.recipes import values as recipes

FEWEST_VALUES = 20  # distinct values of a continuous column, more
APART = 5.0  # standard deviations, or times as wide, at which validation targets are on another scale


@dataclass(frozen=True)
class Step:
    """A recipe with its settings.

    Args:
        recipe: of `fixes.recipes.values`; settings: its arguments but the array.
        categories: whether what comes out is 0 or 1, so that the model is not to scale it.
        scaler: class of scikit-learn whose `fit` and `transform` are all that the recipe is: its code calls them by name.
    """

    recipe: Callable[..., Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    categories: bool = False
    scaler: str = ""

    @property
    def fitted(self) -> bool:
        """The recipe learns from training rows first."""
        return self.recipe.__name__.startswith("fit_")

    def change(self, rows: Any) -> Callable[[Any], Any]:
        """The function of an array."""
        return self.recipe(rows, **self.settings) if self.fitted else partial(self.recipe, **self.settings)  # type: ignore[no-any-return]


Plan = Callable[[np.ndarray, Any], Step | None]


def are_numbers(values: np.ndarray) -> bool:
    return values.dtype.kind in "fiub"


def is_continuous(values: np.ndarray) -> bool:
    """Numbers with more than twenty distinct values, as opposed to labels and codes."""
    return values.dtype.kind in "fiu" and len(np.unique(values.reshape(-1)[:5000])) > FEWEST_VALUES


def statistics_axes(values: np.ndarray) -> tuple[int, ...]:
    """Axes to take statistics over: rows for tables, rows and time for sequences, everything for pixels.

    A last axis is one of features unless it is a side of an image: then some of its columns (the border) hardly vary.
    """
    if values.ndim <= 2:
        return (0,)
    spread = np.nanstd(values, axis=tuple(range(values.ndim - 1)))
    if values.ndim == 3 and values.shape[-1] >= 8 and np.nanmin(spread) < 0.1 * np.nanmax(spread) and np.ptp(values) <= 255:
        return tuple(range(values.ndim))
    return tuple(range(values.ndim - 1))


def positions(columns: Sequence[str | int], original: Any, width: int) -> list[int]:
    """Indexes of columns given by name, by index, or by an index in words."""
    labels = [str(c) for c in getattr(original, "columns", range(width))]
    found = [labels.index(str(c)) if str(c) in labels else int(c) if str(c).isdigit() else -1 for c in columns]
    return sorted({c for c in found if 0 <= c < width})


# ---------------------------------------------------------------- inputs


def scale(method: str) -> Plan:
    small = method == "minmax"
    recipe = recipes.fit_range if small else recipes.fit_scale

    def plan(values: np.ndarray, _: Any) -> Step | None:
        if values.ndim == 2 and values.dtype.kind in "fiu" and not np.isinf(values).any():
            table = recipes.fit_min_max_scaler if small else recipes.fit_standard_scaler
            return Step(table, scaler="MinMaxScaler" if small else "StandardScaler")
        return Step(recipe, {"axes": statistics_axes(values.astype("float64"))}) if are_numbers(values) else None

    return plan


def divide(by: float) -> Plan:
    return lambda v, _: Step(recipes.divide, {"by": float(by)}) if v.dtype.kind in "fiu" else None


def to_range(low: float, high: float, current: tuple[float, float] | None) -> Plan:
    def plan(values: np.ndarray, _: Any) -> Step | None:
        if values.dtype.kind not in "fiu":
            return None
        first, last = current or (float(np.nanmin(values)), float(np.nanmax(values)))
        return Step(recipes.to_range, {"first": float(first), "last": float(last), "low": float(low), "high": float(high)})

    return plan


def encode(columns: Sequence[str | int]) -> Plan:
    def plan(values: np.ndarray, original: Any) -> Step | None:
        width = values.shape[1] if values.ndim == 2 else 1
        chosen = positions(columns, original, width) if values.ndim <= 2 else []
        every = values.ndim == 1 or len(columns) >= width
        return Step(recipes.fit_encode, {"columns": chosen}, categories=every) if chosen else None

    return plan


def drop(columns: Sequence[str | int]) -> Plan:
    def plan(values: np.ndarray, original: Any) -> Step | None:
        chosen = positions(columns, original, values.shape[-1]) if values.ndim > 1 else []
        return Step(recipes.without_columns, {"columns": chosen}) if chosen and len(chosen) < values.shape[-1] else None

    return plan


def restore_ids() -> Plan:
    return lambda v, _: Step(recipes.whole_ids, {"step": step}) if (step := id_step(v)) else None


def id_step(values: np.ndarray) -> float | None:
    """The difference of neighbouring ids that were divided by a constant; None where the values are no multiples of one."""
    if values.dtype.kind != "f" or np.nanmin(values) < 0:
        return None
    known = np.unique(values.astype("float64"))
    gaps = np.diff(known)
    step = gaps[gaps > 1e-3 * gaps.max()].min() if len(gaps) else 0.0
    if not step:
        return None
    step = known[-1] / np.rint(known[-1] / step)  # from the largest, which is known most exactly
    multiples = known / step
    return float(step) if np.abs(multiples - np.rint(multiples)).max() < 0.05 else None


def transpose(order: tuple[int, ...], shape: tuple[int, ...] | None) -> Plan:
    axes = (0, *(axis + 1 for axis in order))

    def plan(values: np.ndarray, _: Any) -> Step | None:
        fits = values.ndim == len(axes) or (shape and np.prod(shape) == np.prod(values.shape[1:]))
        return Step(recipes.reorder, {"axes": axes, **({"shape": shape} if shape else {})}) if fits else None

    return plan


def fill_gaps() -> Plan:
    return lambda v, _: Step(recipes.fit_fill) if v.dtype.kind == "f" and not np.isfinite(v).all() else None


def fill_code(value: float, columns: Sequence[str | int]) -> Plan:
    def plan(values: np.ndarray, original: Any) -> Step | None:
        if values.dtype.kind not in "fiu":
            return None
        chosen = {"columns": positions(columns, original, values.shape[-1])} if columns else {}
        return Step(recipes.fit_fill, {"missing": float(value), **chosen})

    return plan


def power_transform(columns: Sequence[str | int]) -> Plan:
    def plan(values: np.ndarray, original: Any) -> Step | None:
        chosen = positions(columns, original, values.shape[1]) if values.ndim == 2 else []
        return Step(recipes.fit_power, {"columns": chosen}) if chosen else None

    return plan


def clip() -> Plan:
    return lambda v, _: Step(recipes.fit_clip) if is_continuous(v) else None


# ---------------------------------------------------------------- targets


def scale_target() -> Plan:
    return lambda v, _: Step(recipes.fit_scale, {"axes": statistics_axes(v)}) if is_continuous(v) else None


def align() -> Plan:
    return lambda v, _: Step(recipes.as_column) if v.ndim == 1 else None


def to_integers() -> Plan:
    return lambda v, _: Step(recipes.class_indexes if v.ndim > 1 and v.shape[-1] > 1 else recipes.fit_code)


def to_one_hot(classes: int | None) -> Plan:
    return lambda v, _: Step(recipes.one_hot, {"classes": classes or int(np.nanmax(v)) + 1}) if are_numbers(v) else None


def shift(by: int) -> Plan:
    return lambda v, _: Step(recipes.shift, {"by": by}) if v.dtype.kind in "fiu" else None


def swap() -> Plan:
    def plan(values: np.ndarray, _: Any) -> Step | None:
        two = values.dtype.kind in "fiu" and len(np.unique(values)) == 2
        return Step(recipes.mirror, {"total": (values.min() + values.max()).item()}) if two else None

    return plan


def map_labels() -> Plan:
    return lambda v, _: None if v.ndim > 1 and v.shape[-1] > 1 else Step(recipes.fit_code)


def to_binary() -> Plan:
    def plan(values: np.ndarray, _: Any) -> Step | None:
        if values.ndim > 1 and values.shape[-1] == 2:
            return Step(recipes.second_column)
        two = are_numbers(values) and len(np.unique(values)) == 2
        return Step(recipes.is_class, {"label": values.max().item()}) if two else None

    return plan


def true_and_false() -> Plan:
    return lambda v, _: Step(recipes.as_integers) if v.dtype == bool else None


def are_apart(held: np.ndarray, rows: np.ndarray) -> bool:
    """Targets that were scaled differently: the values of one lie far outside the range of the other."""
    if not is_continuous(rows):
        return False
    (mean, std), (goal, spread) = (
        (np.nanmean(v, axis=0), np.maximum(np.nanstd(v.astype("float64"), axis=0), 1e-12)) for v in (held, rows)
    )
    ratio = std / spread
    return bool(np.any((np.abs(mean - goal) > APART * spread) | (ratio > APART) | (ratio < 1 / APART)))


def is_off_scale(values: np.ndarray) -> bool:
    """Some column has a standard deviation that is not near 1, although it may have been scaled with its outliers."""
    if not is_continuous(values):
        return False
    spread = np.nanstd(values.astype("float64"), axis=statistics_axes(values))
    return bool(np.any((spread > 0) & ((spread < 0.3) | (spread > 3))))


def has_bulk(values: np.ndarray) -> bool:
    """A table or a column of continuous numbers, in which a row can be an outlier."""
    return values.ndim <= 2 and is_continuous(values)
