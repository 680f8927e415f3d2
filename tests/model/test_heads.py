"""Heads of real models against targets: which combinations are faults, and that no healthy one is."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from keras_magic.diagnosis.rank import rank
from keras_magic.engine import judge
from keras_magic.facts import Facts
from keras_magic.findings import Evidence
from keras_magic.sources.model import collect_model
from tests.cases._facts import FAILED, LEARNED
from tests.cases._heads import labels, quantity, rows_of

LOGITS = {
    "binary": keras.losses.BinaryCrossentropy(from_logits=True),
    "categorical": keras.losses.CategoricalCrossentropy(from_logits=True),
    "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}
TWO, THREE, SIGNS = labels(0, 1), labels(0, 1, 2), labels(-1, 1)
HOT, TAGS, SOFT = rows_of("one-hot", 3), rows_of("multi-hot", 3), rows_of("probabilities", 3)
PRICES, SHARES, CENTRED = quantity(20.0, 500.0), quantity(0.0, 1.0), quantity(-2.0, 2.0)

HEALTHY = [
    (1, "sigmoid", "binary_crossentropy", TWO),
    (1, "sigmoid", "binary_crossentropy", SHARES),
    (1, "sigmoid", "binary_focal_crossentropy", TWO),
    (1, None, LOGITS["binary"], TWO),
    (2, "softmax", "sparse_categorical_crossentropy", TWO),
    (3, "softmax", "sparse_categorical_crossentropy", THREE),
    (3, None, LOGITS["sparse"], THREE),
    (4, "softmax", "sparse_categorical_crossentropy", THREE),
    (3, "softmax", "categorical_crossentropy", HOT),
    (3, "softmax", "crossentropy", HOT),
    (3, None, LOGITS["categorical"], HOT),
    (3, "softmax", "categorical_crossentropy", SOFT),
    (3, "softmax", "kl_divergence", SOFT),
    (3, "sigmoid", "binary_crossentropy", TAGS),
    (3, None, LOGITS["binary"], TAGS),
    (1, None, "mse", PRICES),
    (1, None, "mae", CENTRED),
    (1, "relu", "mse", PRICES),
    (1, "tanh", "mse", quantity(-1.0, 1.0)),
    (1, "sigmoid", "mse", SHARES),
    (1, None, keras.losses.Huber(), PRICES),
    (1, "exponential", "poisson", labels(*range(12))),
    (1, "softplus", "poisson", labels(*range(12))),
    (1, None, "hinge", SIGNS),
    (1, "tanh", "squared_hinge", SIGNS),
    (1, "tanh", "hinge", TWO),
    (3, None, "categorical_hinge", HOT),
    (3, None, "cosine_similarity", SOFT),
    (1, None, "mse", labels(1, 2, 3, 4, 5)),
    (2, None, lambda t, p: t - p, TWO),
]

FAULTY = [
    (1, "softmax", "binary_crossentropy", TWO, {"output-activation"}),
    (1, "softmax", "mse", PRICES, {"output-activation"}),
    (1, None, "binary_crossentropy", TWO, {"from-logits"}),
    (3, None, "sparse_categorical_crossentropy", THREE, {"from-logits"}),
    (3, None, "categorical_crossentropy", HOT, {"from-logits"}),
    (3, "relu", "sparse_categorical_crossentropy", THREE, {"output-activation"}),
    (1, "relu", "binary_crossentropy", TWO, {"output-activation"}),
    (1, "tanh", "binary_crossentropy", TWO, {"output-activation"}),
    (3, "softmax", "categorical_crossentropy", THREE, {"label-encoding"}),
    (3, "softmax", "sparse_categorical_crossentropy", HOT, {"label-encoding"}),
    (3, "softmax", "sparse_categorical_crossentropy", labels(1, 2, 3), {"label-encoding"}),
    (1, "sigmoid", "binary_crossentropy", SIGNS, {"label-encoding"}),
    (1, "sigmoid", "binary_crossentropy", labels(1, 2), {"label-encoding"}),
    (1, "sigmoid", "binary_crossentropy", THREE, {"output-units", "loss-mismatch"}),
    (2, "softmax", "sparse_categorical_crossentropy", THREE, {"output-units"}),
    (4, "softmax", "categorical_crossentropy", HOT, {"output-units"}),
    (3, "sigmoid", "binary_crossentropy", THREE, {"loss-mismatch"}),
    (1, "sigmoid", "categorical_crossentropy", TWO, {"loss-mismatch"}),
    (1, "sigmoid", "binary_crossentropy", PRICES, {"loss-mismatch"}),
    (1, None, "binary_crossentropy", PRICES, {"loss-mismatch"}),
    (3, "softmax", "mse", THREE, {"loss-mismatch"}),
    (1, "sigmoid", "mae", TWO, {"loss-mismatch"}),
    (3, "softmax", "mse", HOT, {"loss-mismatch"}),
    (3, "softmax", "categorical_crossentropy", TAGS, {"output-activation", "loss-mismatch"}),
    (3, "softmax", "binary_crossentropy", TAGS, {"output-activation"}),
    (3, "sigmoid", "sparse_categorical_crossentropy", THREE, {"output-activation"}),
    (1, "sigmoid", "mse", PRICES, {"output-activation"}),
    (1, "relu", "mse", CENTRED, {"output-activation"}),
    (1, "tanh", "mse", CENTRED, {"output-activation"}),
    (1, None, "msle", CENTRED, {"loss-mismatch"}),
    (1, None, "mape", CENTRED, {"loss-mismatch"}),
    (1, None, "poisson", labels(*range(12)), {"output-activation"}),
    (2, None, "mse", PRICES, {"output-units"}),
    (1, None, "hinge", THREE, {"loss-mismatch"}),
]


def named(row) -> str:
    units, activation, loss, data = row[:4]
    text = loss if isinstance(loss, str) else getattr(loss, "name", "own")
    return f"{units}-{activation or 'linear'}-{text}-{data.targets[0].form}"


def findings(row, outcome):
    units, activation, loss, data = row[:4]
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(units, activation=activation)])
    model.compile("adam", loss)
    facts = Facts(model=collect_model(model), data=data, outcome=outcome)
    return judge(facts, select=["KM4"], strict=True).findings


@pytest.mark.parametrize("row", HEALTHY, ids=map(named, HEALTHY))
def test_healthy_heads_are_left_in_peace(row):
    for outcome in (FAILED, LEARNED, None):
        assert [f for f in findings(row, outcome) if f.severity != "info" and f.level > Evidence.HINT] == []


@pytest.mark.parametrize("row", FAULTY, ids=map(named, FAULTY))
def test_faulty_heads_are_named(row):
    found = [f for f in findings(row, FAILED) if f.level > Evidence.HINT]
    assert found
    assert {f.cause for f in found} == row[4]
    assert all(f.fix is not None for f in found)


@pytest.mark.parametrize("row", FAULTY, ids=map(named, FAULTY))
def test_what_has_learned_is_no_error(row):
    ranked = rank(findings(row, LEARNED), Facts(outcome=LEARNED))
    assert [f for f in ranked if f.severity == "error"] == []
