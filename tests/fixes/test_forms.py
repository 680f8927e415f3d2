"""The code of every data fix runs as pasted, for each form that data has, and gives what its trial was given."""

from __future__ import annotations

import ast
from functools import cache

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import layers

from keras_magic import fixes
from tests.fixes.notebook import written
from tests.fixes.runs import run_of

ROWS, HELD = 80, 30
NAMES = {
    "model": "net",
    "x": "X",
    "y": "t",
    "x_val": "X_held",
    "y_val": "t_held",
    "val_data": "held",
    "x_test": "X_new",
    "y_test": "t_new",
}


def table(rows, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal([0, 100, 5, 1], [1, 50, 2, 3], (rows, 4)).astype("float32")
    x[:, 3] = np.arange(rows) % 5
    x[4, 0] = np.nan
    return x


@cache
def network(form):
    """Two outputs units for class indexes of a target, so that labels and numbers may go in."""
    keras.utils.set_random_seed(1)
    if form == "dict":
        inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
        model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))
    else:
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return -(-len(self.x) // 10)

    def __getitem__(self, index):
        rows = slice(index * 10, (index + 1) * 10)
        return self.x[rows], self.y[rows]


def formed(form, x, y):
    """x, y as `fit` takes them."""
    if form == "frame":
        return pd.DataFrame(x, columns=list("abcd")), pd.Series(y) if y.ndim == 1 else pd.DataFrame(y)
    if form == "dict":
        return {"a": x, "b": x + 1}, y
    if form == "dataset":
        return tf.data.Dataset.from_tensor_slices((x, y)).batch(10), None
    if form == "dataset of dicts":
        return tf.data.Dataset.from_tensor_slices(({"a": x, "b": x + 1}, y)).batch(10), None
    return (Batches(x, y), None) if form == "pydataset" else (x, y)


FORMS = ["array", "frame", "dict", "dataset", "dataset of dicts", "pydataset"]


def labels(rows, kind):
    codes = np.arange(rows) % 3
    return {
        "numbers": np.linspace(3, 900, rows).astype("float32"),
        "codes": codes * 5,
        "two": (codes > 0) * 2.0 - 1,
        "one-hot": np.eye(3, dtype="float32")[codes],
        "gaps": np.where(np.arange(rows) == 7, np.nan, np.linspace(0, 1, rows)).astype("float32"),
        "booleans": codes > 0,
    }[kind]


def a_run(form, kind, validation="same"):
    x, y = formed(form, table(ROWS, 0), labels(ROWS, kind))
    x_held, y_held = formed(
        {"array": "dataset", "dataset": "array"}[form] if validation == "other" else form, table(HELD, 1), labels(HELD, kind)
    )
    held = x_held if y_held is None else (x_held, y_held)
    model = network("dict" if "dict" in form else form)
    return run_of(model, x, y, validation_data=held, epochs=1).replace(names=NAMES)


FIXES = {
    "scale": (fixes.scale_inputs(), "numbers"),
    "minmax": (fixes.scale_inputs(method="minmax"), "numbers"),
    "divide": (fixes.divide_inputs(10.0), "numbers"),
    "range": (fixes.undo_scaling(low=0.0, high=255.0, current=(0.0, 1.0)), "numbers"),
    "encode": (fixes.encode_categoricals([3]), "numbers"),
    "drop": (fixes.drop_columns([1, 3]), "numbers"),
    "gaps": (fixes.drop_nonfinite(), "gaps"),
    "sentinel": (fixes.replace_sentinels(4.0, columns=[3]), "numbers"),
    "clip": (fixes.clip_outliers(), "numbers"),
    "bend": (fixes.power_transform([1]), "numbers"),
    "scale targets": (fixes.scale_targets(), "numbers"),
    "align": (fixes.align_targets(), "numbers"),
    "integers": (fixes.labels_to_integers(), "one-hot"),
    "one-hot": (fixes.labels_to_one_hot(11), "codes"),
    "shift": (fixes.shift_labels(-1), "codes"),
    "swap": (fixes.swap_labels(), "two"),
    "map": (fixes.map_labels(), "codes"),
    "binary": (fixes.labels_to_binary(), "two"),
    "balance": (fixes.balance_classes(), "booleans"),
    "batch": (fixes.set_batch_size(5), "numbers"),
    "shuffle": (fixes.shuffle_data(), "numbers"),
    "rescale": (fixes.rescale_validation(), "numbers"),
    "hold out": (fixes.hold_out(), "numbers"),
    "stratify": (fixes.stratify_split(), "codes"),
    "separate": (fixes.separate_validation(), "numbers"),
    "realign": (fixes.realign_labels(2), "numbers"),
    "outliers": (fixes.drop_outliers(), "numbers"),
}  # fmt: skip

#: What a form cannot be given from outside, or not in these words: the code says what to change where the data is made.
ROWS_OF_ARRAYS = ("hold out", "stratify", "separate", "realign", "outliers")
IN_WORDS = {
    **{(name, form): "rows of a stream" for name in ROWS_OF_ARRAYS for form in ("dataset", "dataset of dicts", "pydataset")},
    ("shuffle", "pydataset"): "it makes its batches",
    ("batch", "pydataset"): "it makes its batches",
    ("gaps", "pydataset"): "rows of a stream",
    ("stratify", "frame"): "validation rows in a frame",
    ("stratify", "dict"): "validation rows in a dict",
    ("rescale", "dict"): "several inputs",
    ("rescale", "dataset of dicts"): "several inputs",
    ("rescale", "pydataset"): "it makes its batches",
}


def batches(x, y):
    """All of x and of y, however they are given."""
    if hasattr(x, "element_spec"):
        parts = list(x.as_numpy_iterator())
    elif isinstance(x, keras.utils.PyDataset):
        parts = [x[i] for i in range(len(x))]
    else:
        parts = [(x, y)]
    return [
        np.concatenate([np.asarray(part) for part in leaf]) for leaf in zip(*(keras.tree.flatten(p) for p in parts), strict=True)
    ]


def executed(run, text):
    """The user's variables after the pasted code."""
    held = run.fit_arguments["validation_data"]
    pair = held if isinstance(held, tuple) else (None, None)
    new = (run.x, run.y)
    scope = {
        "net": run.model,
        "X": run.x,
        "t": run.y,
        "held": held,
        "X_held": pair[0],
        "t_held": pair[1],
        "X_new": new[0],
        "t_new": new[1],
    }
    exec(compile(text, "<pasted>", "exec"), scope)
    return scope


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FIXES)
def test_pasted_code_does_what_the_trial_does(name, form):
    fix, kind = FIXES[name]
    run = a_run(form, kind)
    text = written(run, fix, trains=False)
    if (name, form) in IN_WORDS:
        assert ast.parse(text).body == [], text
        assert fix.title in text
        return
    fixed, scope = fix.apply(run), executed(run, text)
    if name in ("scale", "minmax") and form not in ("array", "frame", "dict"):
        assert len(fixed.model.layers) > len(run.model.layers)  # streams are scaled inside the model
    else:
        data = fixed.x is not run.x or fixed.fit_arguments["validation_data"] is not run.fit_arguments["validation_data"]
        assert data or fixed.fit_arguments.keys() != run.fit_arguments.keys()
    assert_alike(batches(fixed.x, fixed.y), batches(scope["X"], scope["t"]), text)
    held = fixed.fit_arguments.get("validation_data")
    if isinstance(held, tuple):
        assert_alike(batches(*held), batches(scope["X_held"], scope["t_held"]), text)
    elif held is not None:
        assert_alike(batches(held, None), batches(scope["held"], None), text)


def assert_alike(ours, theirs, text):
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape, text
        np.testing.assert_allclose(a.astype("float64"), b.astype("float64"), rtol=1e-4, atol=1e-4, err_msg=text)


@pytest.mark.parametrize("form", ["array", "dataset"])
@pytest.mark.parametrize("name", ["scale targets", "map", "divide"])
def test_validation_data_of_another_form_is_changed_as_well(name, form):
    fix, kind = FIXES[name]
    run = a_run(form, kind, validation="other")
    text = written(run, fix, trains=False)
    fixed, scope = fix.apply(run), executed(run, text)
    held = fixed.fit_arguments["validation_data"]
    ours = batches(*held) if isinstance(held, tuple) else batches(held, None)
    theirs = batches(scope["X_held"], scope["t_held"]) if isinstance(held, tuple) else batches(scope["held"], None)
    assert_alike(ours, theirs, text)


@pytest.mark.parametrize("form", ["array", "frame"])
@pytest.mark.parametrize("name", ["scale", "encode", "scale targets", "map"])
def test_the_test_part_is_changed_as_well(name, form):
    fix, kind = FIXES[name]
    run = a_run(form, kind)
    scope = executed(run, written(run, fix, trains=False))
    for changed, new in (("X", "X_new"), ("t", "t_new")):
        np.testing.assert_array_equal(np.asarray(scope[changed]), np.asarray(scope[new]))


@pytest.mark.parametrize("name", FIXES)
def test_nothing_of_the_users_is_written_to(name):
    fix, kind = FIXES[name]
    run = a_run("array", kind)
    before = [np.array(part) for part in (run.x, run.y, *run.fit_arguments["validation_data"])]
    fix.apply(run)
    executed(run, written(run, fix, trains=False))
    for a, b in zip(before, (run.x, run.y, *run.fit_arguments["validation_data"]), strict=True):
        np.testing.assert_array_equal(a, b)
