"""Recipes for the values of one input or one target; the rows are the first axis."""
# ruff: noqa: TID253 - this module is imported only when a fix is applied or written
# mypy: allow-untyped-defs, no-check-untyped-defs

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, StandardScaler


def fit_standard_scaler(rows):
    """A function that scales each column of a table to mean 0 and standard deviation 1."""
    return StandardScaler().fit(rows).transform


def fit_min_max_scaler(rows):
    """A function that scales each column of a table to 0 to 1."""
    return MinMaxScaler().fit(rows).transform


def fit_scale(rows, axes):
    """A function that scales to mean 0 and standard deviation 1, as these training rows have them over `axes`."""
    rows = np.asarray(rows, dtype="float64")
    rows = np.where(np.isfinite(rows), rows, np.nan)
    mean, std = np.nan_to_num(np.nanmean(rows, axis=axes)), np.nanstd(rows, axis=axes)
    std = np.where(std > 1e-12, std, 1.0)
    return lambda array: ((np.asarray(array, dtype="float64") - mean) / std).astype("float32")


def fit_range(rows, axes):
    """A function that scales to 0 to 1, the range of these training rows over `axes`."""
    rows = np.asarray(rows, dtype="float64")
    rows = np.where(np.isfinite(rows), rows, np.nan)
    low = np.nan_to_num(np.nanmin(rows, axis=axes))
    size = np.nanmax(rows, axis=axes) - low
    size = np.where(size > 1e-12, size, 1.0)
    return lambda array: ((np.asarray(array, dtype="float64") - low) / size).astype("float32")


def fit_match(held, rows, axes):
    """A function that brings validation rows to the mean and the standard deviation of the training rows."""
    held, rows = np.asarray(held, dtype="float64"), np.asarray(rows, dtype="float64")
    now, goal = np.nanstd(held, axis=axes), np.nanstd(rows, axis=axes)
    factor = np.where(goal > 1e-12, goal, 1.0) / np.where(now > 1e-12, now, 1.0)
    offset = np.nanmean(rows, axis=axes) - np.nanmean(held, axis=axes) * factor
    return lambda array: (np.asarray(array) * factor + offset).astype("float32")


def divide(array, by):
    """The array divided by a constant."""
    return (np.asarray(array) / by).astype("float32")


def to_range(array, first, last, low, high):
    """The range `first` to `last` as `low` to `high`."""
    factor = (high - low) / ((last - first) or 1.0)
    return ((np.asarray(array, dtype="float64") - first) * factor + low).astype("float32")


def fit_encode(rows, columns, most=1000):
    """A function that gives columns of codes a column per code, before the other columns."""

    def codes(table, column):
        values = table[:, column]
        return values.astype(str) if table.dtype == object else values

    table = np.reshape(rows, (len(rows), -1))
    known = {column: np.unique(codes(table, column))[:most] for column in columns}

    def encode(array):
        table = np.reshape(array, (len(array), -1))
        parts = [codes(table, column)[:, None] == known[column] for column in columns]
        rest = [column for column in range(table.shape[1]) if column not in known]
        return np.hstack([*parts, table[:, rest].astype("float32")]).astype("float32")

    return encode


def without_columns(array, columns):
    """The array or frame without some columns, which are given by their positions."""
    if hasattr(array, "iloc"):
        return array.iloc[:, [i for i in range(array.shape[1]) if i not in columns]]
    return np.delete(np.asarray(array), columns, axis=-1)


def whole_ids(array, step):
    """Ids that were divided by a constant; `step` is what neighbours differ by now."""
    return np.rint(np.asarray(array) / step).astype("float32")


def reorder(array, axes, shape=None):
    """The array with its axes in another order; first seen in another shape, where there is one."""
    array = np.asarray(array)
    return (array if shape is None else array.reshape(len(array), *shape)).transpose(axes)


def fit_fill(rows, missing=None, columns=None):
    """A function that fills gaps (or the code `missing`) with the median of their column in the training rows."""

    def gaps(array):
        absent = ~np.isfinite(array) if missing is None else np.isclose(array, missing, rtol=1e-6, atol=0)
        if columns is not None:
            absent &= np.isin(np.arange(array.shape[-1]), columns)
        return absent

    rows = np.asarray(rows, dtype="float64")
    known = np.where(gaps(rows) | ~np.isfinite(rows), np.nan, rows)
    axes = tuple(range(max(1, rows.ndim - 1)))
    medians = np.nanmedian(np.where(np.isfinite(known).any(axis=axes), known, 0.0), axis=axes)  # 0 in a column without values

    def fill(array):
        array = np.asarray(array, dtype="float64")
        return np.where(gaps(array), medians, array).astype("float32")

    return fill


def fit_power(rows, columns):
    """A function that takes the heavy tails out of some columns (Yeo-Johnson), with mean 0 and standard deviation 1."""

    def finite(array):
        return np.where(np.isfinite(array), array, np.nan)

    power = PowerTransformer().fit(finite(np.asarray(rows, dtype="float64")[:, columns]))

    def power_transform(array):
        changed = np.array(array, dtype="float64")
        changed[:, columns] = power.transform(finite(changed[:, columns]))
        return changed.astype("float32")

    return power_transform


def usual(rows):
    """Bounds at 5 robust standard deviations around the median of each column."""
    rows = np.asarray(rows, dtype="float64")
    axes = tuple(range(max(1, rows.ndim - 1)))
    first, middle, third = np.nanpercentile(rows, [25, 50, 75], axis=axes)
    reach = np.where(third > first, 5 * (third - first) / 1.349, np.inf)  # no bounds where half of the values are equal
    return middle - reach, middle + reach


def fit_clip(rows):
    """A function that clips to the bounds of the training rows."""
    low, high = usual(rows)
    return lambda array: np.clip(np.asarray(array), low, high).astype("float32")


def as_column(array):
    """One value per row as a column."""
    return np.reshape(array, (-1, 1))


def class_indexes(array):
    """One-hot rows as class indexes."""
    return np.asarray(array).argmax(axis=-1)


def fit_code(rows):
    """A function that gives labels their positions among the sorted labels of the training rows."""
    values = np.asarray(rows)
    words = values.dtype.kind not in "fiub"
    known = np.unique(values.astype(str) if words else values)

    def code(array):
        labels = np.asarray(array)
        positions = np.searchsorted(known, labels.astype(str) if words else labels)
        return np.clip(positions, 0, len(known) - 1).astype("int64")

    return code


def one_hot(array, classes):
    """Class indexes as one-hot rows."""
    indexes = np.asarray(array)
    indexes = indexes[..., 0] if indexes.ndim > 1 and indexes.shape[-1] == 1 else indexes
    return np.eye(classes, dtype="float32")[np.clip(indexes.astype(int), 0, classes - 1)]


def shift(array, by):
    """A number added to each label."""
    return np.asarray(array) + by


def mirror(array, total):
    """The other one of two labels, whose sum is `total`."""
    return total - np.asarray(array)


def is_class(array, label):
    """1 where the label is this one, else 0."""
    return (np.asarray(array) == label).astype("float32")


def second_column(array):
    """The second of two one-hot columns."""
    return np.asarray(array)[..., 1].astype("float32")


def as_integers(array):
    """Labels of true and false as 1 and 0."""
    return np.asarray(array).astype("int32")


def element_weights(labels):
    """A weight for each pixel or step: the inverse of how often its class occurs, 1 on average."""
    labels = np.asarray(labels)
    labels = labels[..., 0] if labels.shape[-1] == 1 else labels
    classes, indexes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return (labels.size / (len(classes) * counts))[indexes.reshape(labels.shape)].astype("float32")


def row_weights(sample_weight, labels, class_weight):
    """The weights of rows, multiplied by those of their classes."""
    labels = np.asarray(labels)
    labels = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.ravel()
    return np.asarray(sample_weight) * np.array([class_weight.get(int(label), 1.0) for label in labels])
