"""Confidential data: no value of it is in any view, text or file."""

from __future__ import annotations

import json
import re

import jsonschema
import keras
import numpy as np
import pytest

import keras_magic as km
from keras_magic.errors import FaultFound, UsageError
from keras_magic.report import schema
from keras_magic.views.stages import NotebookStages, _bundle
from tests.views.test_live import Display

#: Values that nothing but the data holds, as any message would write them.
SECRET = re.compile(
    r"73[, ]?193|7\.3e4|73200|73,200|48[, ]?629|4\.9e4|48600|48,600|Zanzibar|Quetzal|91[, ]?357|9\.1e4|91400|91,400"
)


def table() -> tuple[np.ndarray, np.ndarray]:
    """Few values, all of them secret, so that every minimum, maximum, quantile and sentinel is one; and a gap."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    y = (x[:, 0] > 0).astype(int)
    x[:, 1] = rng.choice([73193.0, 48629.0, 91357.0], 300)
    x[5, 2] = np.nan
    return x, y


def scaled() -> tuple[np.ndarray, np.ndarray]:
    x, y = table()
    return np.nan_to_num(x), y


def targets() -> tuple[np.ndarray, np.ndarray]:
    x, _ = table()
    return np.nan_to_num(x[:, [0, 2]]), x[:, 1]


def classes() -> tuple[np.ndarray, np.ndarray]:
    x, y = table()
    return np.nan_to_num(x[:, [0, 2]]), np.where(y == 1, 91357, 48629)


def words() -> tuple[np.ndarray, np.ndarray]:
    x, y = table()
    return x[:, [0]], np.where(y == 1, "Zanzibar", "Quetzal")


STORIES = {
    "NaN": (table, "sigmoid", "binary_crossentropy"),
    "unscaled": (scaled, "sigmoid", "binary_crossentropy"),
    "huge targets": (targets, None, "mse"),
    "labels far beyond the classes": (classes, "softmax", "sparse_categorical_crossentropy"),
    "labels that are words": (words, "sigmoid", "binary_crossentropy"),
}


def everything(report: km.Report) -> str:
    """All that leaves Python."""
    views = [report.to_html(), report.to_text(), report.to_markdown(), report.to_json(), repr(report), str(report), report.verdict]
    with pytest.raises(FaultFound) as fault:
        report.raise_for("info")
    assert fault.value.__cause__ is None or str(fault.value.__cause__) == ""
    return "\n".join([*views, str(fault.value), str(km.compare(report, report)), *_bundle(report).values()])


@pytest.mark.parametrize("story", STORIES)
def test_no_value_of_the_data_is_shown(story, monkeypatch):
    data, activation, loss = STORIES[story]
    x, y = data()
    layers = [keras.layers.Input((x.shape[1],)), keras.layers.Dense(8, activation="relu")]
    net = keras.Sequential([*layers, keras.layers.Dense(2 if activation == "softmax" else 1, activation=activation)])
    net.compile("sgd", loss)
    display = Display(monkeypatch)
    fit = {"epochs": 2, "verbose": 0, "validation_split": 0.2, "seconds": 4}
    report = km.diagnose(net, x, y, stages=NotebookStages(live=False), values=False, **fit)
    assert report.findings
    shown = everything(report)
    assert SECRET.findall(shown) == []
    assert SECRET.findall(json.dumps([*display.shown, *display.updated])) == []
    assert "without values of the data" in report.to_html()
    jsonschema.validate(json.loads(report.to_json()), schema())


def test_the_values_would_be_shown_otherwise():
    """The test above can fail."""
    x, y = scaled()
    assert SECRET.search(km.audit(x, y).to_html())
    assert SECRET.findall(everything(km.audit(x, y, values=False))) == []


def test_what_needs_values_says_so():
    x, y = scaled()
    report = km.audit(x, y, values=False)
    with pytest.raises(UsageError, match="shows no values"):
        report.explore()
    with pytest.raises(UsageError, match="no plot 'feature-scales'"):
        report.plot("feature-scales")
