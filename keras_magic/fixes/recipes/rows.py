"""Recipes that choose or order rows: each returns indexes or a mask of rows."""
# ruff: noqa: TID253 - this module is imported only when a fix is applied or written
# mypy: allow-untyped-defs, no-check-untyped-defs

from __future__ import annotations

import numpy as np

from keras_magic.fixes.recipes.values import usual


def any_order(rows):
    """The rows in a random order; `validation_split` takes the last ones."""
    return np.random.default_rng(0).permutation(len(rows))


def stratified(labels, share):
    """The rows in an order whose last `share`, which `validation_split` takes, holds every class in proportion."""
    labels, rng = np.asarray(labels), np.random.default_rng(0)
    labels = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.ravel()
    order = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        place[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
    order = order[np.argsort(place[order], kind="stable")]
    split = round(len(labels) * (1 - share))
    return np.concatenate([rng.permutation(order[:split]), rng.permutation(order[split:])])


def row_keys(parts):
    """The bytes of each row of arrays of equal length."""
    tables = [np.ascontiguousarray(part).reshape(len(part), -1) for part in parts]
    return [b"|".join(row.tobytes() for row in rows) for rows in zip(*tables, strict=True)]


def not_among(parts, held, first=None):
    """Which rows are not among those held out; all after the `first` ones, which are themselves the held-out ones."""
    keys = row_keys(parts)
    seen = set(keys[first:] if first is not None else row_keys(held))
    return np.array([(first is not None and i >= first) or key not in seen for i, key in enumerate(keys)])


def without_outliers(parts, training):
    """Which rows lie inside the usual bounds of the first rows, the `training` ones, in every part."""
    keep = np.ones(len(parts[0]), bool)
    for part in parts:
        part = np.asarray(part)
        low, high = usual(part[:training])
        keep &= ((part >= low) & (part <= high)).reshape(len(part), -1).all(axis=1)
    return keep


def with_target(target):
    """Which rows have finite targets."""
    target = np.asarray(target, dtype="float64")
    return np.isfinite(target).reshape(len(target), -1).all(axis=1)
