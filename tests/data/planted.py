"""Data with planted defects and clean data: for the tests, and for the table of the benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keras_magic.engine import judge
from keras_magic.facts import Facts, HeadFacts, LayerFacts, ModelFacts
from keras_magic.findings import Evidence
from keras_magic.run import Run
from keras_magic.sources.data import collect_data

ROWS = 1500


class Planted(NamedTuple):
    """A defect, the cause that has to be found, and what is given to `causes`."""

    name: str
    cause: str
    data: tuple[Any, ...]
    options: dict[str, Any]


def collect(x, y=None, model=None, **fit):
    return collect_data(Run(model=None, x=x, y=y, fit_arguments=fit), model)


def causes(x, y=None, model=None, **fit) -> set[str]:
    """Causes of everything above a mere note."""
    findings = judge(Facts(data=collect(x, y, model, **fit), model=model), select=["KM1", "KM2"], strict=True).findings
    return {f.cause for f in findings if f.level > Evidence.HINT or f.rule in ("KM201", "KM208")}


def clean(rows: int = ROWS, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 8)).astype("float32")
    return x, (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(0, 0.3, rows) > 0).astype("int64")


def regression(rows: int = ROWS, seed: int = 0):
    x, _ = clean(rows, seed)
    return x, (x[:, 0] + 0.5 * x[:, 1] ** 2 + np.random.default_rng(seed).normal(0, 0.3, rows)).astype("float32")


def head(loss="mean_squared_error", **facts):
    heads = (HeadFacts(name="y", units=1, activation="linear", loss=loss),)
    return ModelFacts(name="m", kind="sequential", compiled=True, built=True, heads=heads, input_shapes={"x": (8,)}, **facts)


def images(rows: int = 400, seed: int = 0):
    """Images of 0..1 whose left or right half is brighter."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.uniform(0, 0.6, (rows, 16, 16, 3)).astype("float32")
    x[y == 0, :, :8] += 0.4
    x[y == 1, :, 8:] += 0.4
    return x, y


def clean_sets(seed: int = 0) -> dict[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """Data without a defect."""
    return {
        "classes, a split": (clean(seed=seed), {"validation_split": 0.2}),
        "classes, validation data": (clean(seed=seed), {"validation_data": clean(300, seed + 50)}),
        "numbers, a split": (regression(seed=seed), {"model": head(), "validation_split": 0.2}),
        "images": (images(seed=seed), {"validation_data": images(80, seed + 50)}),
    }


def changed(x: np.ndarray, column: int, values: Any, rows: Any = slice(None)) -> np.ndarray:
    copy = x.astype("float64")
    copy[rows, column] = values
    return copy


def planted() -> list[Planted]:
    """Defects, each in data that is clean otherwise."""
    return [Planted(*defect) for part in (_of_values, _of_columns, _of_labels, _of_rows, _of_images) for defect in part()]


def _of_values():
    rng, (x, y), (xr, yr) = np.random.default_rng(5), clean(), regression()
    some = rng.choice(ROWS, 40, replace=False)
    yield "NaN", "nonfinite-input", (changed(x, 1, np.nan, some), y), {}
    yield "infinity", "nonfinite-input", (changed(x, 1, np.inf, some[:2]), y), {}
    yield "NaN in y", "nonfinite-input", (xr, np.where(np.arange(ROWS) == 7, np.nan, yr)), {}
    yield "-999 for missing", "outliers", (changed(x, 4, -999, some), y), {}
    yield "a feature's outlier", "outliers", (changed(x, 5, 1e6, 3), y), {}
    odd = yr.copy()
    odd[some[:8]] = 5000 * rng.random(8)
    yield "a target's outliers", "outliers", (xr, odd), {"model": head()}
    yield "heavy tail", "input-not-scaled", (changed(x, 2, rng.lognormal(0, 3, ROWS)), y), {}
    yield "scale", "input-not-scaled", (changed(x, 2, x[:, 2] * 5000), y), {}
    yield "target scale", "target-not-scaled", (xr, yr * 500 + 9000), {"model": head()}
    yield "target scale, no model", "target-not-scaled", (xr, yr * 500 + 9000), {}


def _of_columns():
    rng, (x, y) = np.random.default_rng(6), clean()
    frame = pd.DataFrame(x[:, :2], columns=["a", "b"])
    yield "words", "preprocessing-mismatch", (frame.assign(c="red"), y), {}
    yield "dates", "preprocessing-mismatch", (frame.assign(c=pd.date_range("2024-01-01", periods=ROWS)), y), {}
    codes = rng.integers(0, 40, ROWS)
    labels = (rng.normal(size=40)[codes] + x[:, 0] > 0).astype(int)
    yield "codes", "categorical-as-ordinal", (changed(x, 3, codes), labels), {}
    yield "scaled codes", "categorical-as-ordinal", (changed(x, 3, (codes - codes.mean()) / codes.std()), labels), {}
    yield "identifier", "categorical-as-ordinal", (changed(x, 3, rng.permutation(ROWS) + 1), y), {}
    yield "constant column", "constant-feature", (changed(x, 6, 3.0), y), {}
    yield "column twice", "constant-feature", (changed(x, 6, x[:, 2].astype("float64")), y), {}
    yield "leaking column", "data-leakage", (np.c_[x, y].astype("float32"), y), {}
    other = clean(300, 9)
    yield "validation in raw units", "distribution-shift", (x, y), {"validation_data": (other[0] * 9 + 30, other[1])}
    yield "validation lacks a column", "distribution-shift", (x, y), {"validation_data": (other[0][:, 1:], other[1])}


def _of_labels():
    rng, (x, y) = np.random.default_rng(7), clean()
    yield "one class", "single-class", (x, y * 0), {}
    rare = np.flatnonzero((y == 0) | (rng.random(ROWS) < 0.03))
    yield "rare class", "class-imbalance", (x[rare], y[rare]), {}
    order = np.argsort(y, kind="stable")
    yield "sorted", "unshuffled-data", (x[order], y[order]), {"validation_split": 0.2}
    many = clean(4000, 3)[0][:, :2]
    right, wrong = many[:, 0] > 0, rng.random(4000) < 0.3
    yield "wrong labels", "label-noise", (many, (right ^ wrong).astype(int)), {}
    yield "conflicts", "label-noise", (np.r_[x, x[:400]], np.r_[y, 1 - y[:400]]), {}
    yield "shifted labels", "misaligned-labels", (x[5:], y[:-5]), {}
    yield "weights of zero", "class-imbalance", (x, y), {"sample_weight": np.zeros(ROWS)}


def _of_rows():
    x, y = clean()
    yield "lengths", "misaligned-labels", (x, y[:-3]), {}
    yield "few rows", "too-little-data", (x[:25], y[:25]), {}
    yield "leaked rows", "data-leakage", (x, y), {"validation_data": (x[:200], y[:200])}

    def breaks_off():
        yield from ((x[i : i + 100], y[i : i + 100]) for i in range(0, 1000, 100))
        raise OSError("part 11 is gone")

    yield "breaks off", "too-little-data", (breaks_off(),), {}


def _of_images():
    x, y = images()
    yield "0 to 255", "input-not-scaled", ((x * 255).astype("uint8"), y), {}
    blank = x.copy()
    blank[:60] = 0.3
    yield "blank images", "constant-feature", (blank, y), {}
    convolution = replace(head("binary_crossentropy"), layers=(LayerFacts(name="conv", kind="Conv2D"),))
    yield "channels first", "input-shape", (x.transpose(0, 3, 1, 2), y), {"model": convolution}
