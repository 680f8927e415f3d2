"""Data of kinds that no network reads as they are: a finding or one clear line, never a fault of ours."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import keras_magic as km
from keras_magic.errors import UsageError

ROWS = 40
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3)).astype("float32")
Y = np.arange(ROWS) % 2


class OnlyArray:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return X if dtype is None else X.astype(dtype)


class NoWords:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def objects(*values: Any) -> np.ndarray:
    array = np.empty(ROWS, object)
    for i in range(ROWS):
        array[i] = values[i % len(values)]
    return array


def pyarrow_table() -> Any:
    return pytest.importorskip("pyarrow").table({"a": X[:, 0], "b": X[:, 1]})


def pyarrow_array() -> Any:
    return pytest.importorskip("pyarrow").array(["x", "y"] * (ROWS // 2))


INPUTS = {
    "UTF-8 in a dataset": lambda: (tf.data.Dataset.from_tensor_slices((["schön"] * ROWS, Y)).batch(8), None),
    "UTF-8 tensor": lambda: (tf.constant(["schön"] * ROWS), Y),
    "bytes": lambda: (np.array(["schön".encode()] * ROWS), Y),
    "bytes as objects": lambda: (objects("schön".encode()), Y),
    "bytes as targets": lambda: (X, objects("grün".encode(), b"\xff\xfe")),
    "UTF-8 targets in a dataset": lambda: (tf.data.Dataset.from_tensor_slices((X, ["grün", "rot"] * (ROWS // 2))).batch(8), None),
    "bfloat16": lambda: (tf.cast(X, tf.bfloat16), Y),
    "bfloat16 targets": lambda: (X, tf.cast(X[:, :1], tf.bfloat16)),
    "float8": lambda: (tf.cast(X, tf.dtypes.experimental.float8_e4m3fn), Y),
    "pd.NA in the targets": lambda: (X, pd.DataFrame({"a": pd.array(["x", None] * (ROWS // 2), dtype="string")})),
    "pd.NA": lambda: (pd.DataFrame({"a": pd.array([1, None] * (ROWS // 2), dtype="Int64"), "b": objects(pd.NA, "x")}), Y),
    "lists in a column": lambda: (pd.DataFrame({"a": X[:, 0], "b": objects([1, 2], [3])}), Y),
    "arrays in a column": lambda: (pd.DataFrame({"a": X[:, 0], "b": objects(np.zeros(2), np.zeros(3))}), Y),
    "lists as targets": lambda: (X, pd.Series(objects([1, 2], [3]))),
    "pyarrow table": lambda: (pyarrow_table(), Y),
    "pyarrow targets": lambda: (X, pyarrow_array()),
    "only __array__": lambda: (OnlyArray(), Y),
    "KerasTensor": lambda: (keras.Input((3,)), Y),
    "KerasTensor as target": lambda: (X, keras.Input((3,))),
    "no repr": lambda: (objects(NoWords()), Y),
    "targets without columns": lambda: (X, pd.DataFrame(index=range(ROWS))),
    "dates": lambda: (pd.DataFrame({"when": pd.date_range("2024", periods=ROWS)}), Y),
    "dates as targets": lambda: (X, pd.date_range("2024", periods=ROWS).to_numpy()),
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_finding_or_one_clear_line(name):
    x, y = INPUTS[name]()
    _finds_or_says(x, y)


WEIGHTS = {
    "dates as weights": {"sample_weight": pd.date_range("2024", periods=ROWS).to_numpy()},
    "words as weights": {"sample_weight": np.array(["much", "little"] * (ROWS // 2))},
    "objects as weights": {"sample_weight": objects(NoWords())},
    "class weights in a list": {"class_weight": [1, 2]},
    "class weights in a word": {"class_weight": "balanced"},
    "class weights in a number": {"class_weight": 3},
    "class weights in an array": {"class_weight": np.ones(2)},
    "class weights of words": {"class_weight": {"a": "b"}},
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights(name):
    _finds_or_says(X, Y, **WEIGHTS[name])


def _finds_or_says(x: Any, y: Any, **options: Any) -> None:
    report = None
    try:
        report = km.audit(x, y, **options)
    except UsageError as error:
        said = str(error)
    else:
        said = report.verdict
    assert len(said.splitlines()) == 1
    if report is None:
        return
    assert not any(f.rule.startswith("KM9") for f in report.findings), report.to_text()
    assert not report.diagnoses[0].facts.missing
    report.to_html(), report.to_text(), report.to_markdown(), report.to_json()
