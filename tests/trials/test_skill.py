"""Skill: 0 for the trivial answer, 1 for a perfect one, whatever the coding of the labels or the unit of the target."""

from __future__ import annotations

import numpy as np
import pytest

from keras_magic.facts import DataFacts, HeadFacts, ModelFacts, TargetFacts
from keras_magic.sources.skill import guess_task, mean_skill, skill, task_of_targets

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 0])
EYE = np.eye(3)


def test_classes_in_any_coding():
    scores = EYE[LABELS] * 5
    for true in (LABELS, EYE[LABELS], LABELS[:, None], LABELS / 255, np.array(list("abc"))[LABELS]):
        assert skill("multiclass", true, scores) == 1
    assert skill("multiclass", LABELS, np.tile([1.0, 0, 0], (8, 1))) == pytest.approx(0)  # the majority class
    assert skill("multiclass", LABELS, np.full((8, 3), np.nan)) == -1


def test_right_answers_by_a_hair_count_for_little():
    """Every row is right, but the probabilities are nearly those of the start: the loss has hardly fallen."""
    sure, hair = 0.7 * EYE[LABELS] + 0.1, 0.01 * EYE[LABELS] + 0.33
    assert skill("multiclass", LABELS, sure) == pytest.approx(1)
    assert skill("multiclass", LABELS, hair) < 0.1
    assert skill("multiclass", LABELS, 7 * hair) == pytest.approx(1)  # scores, no probabilities
    one = LABELS > 0
    assert skill("binary", one, 0.02 * one + 0.49) < 0.1
    assert skill("binary", one, 0.4 * one + 0.3) == pytest.approx(1)


def test_one_output_is_cut_where_its_range_says():
    true = np.array([0, 1, 0, 1, 1])
    assert skill("binary", true, np.array([[0.1], [0.9], [0.2], [0.8], [0.7]])) == 1
    assert skill("binary", true, np.array([-3.0, 2, -1, 4, 0.5])) == 1
    assert skill("binary", true, np.ones((5, 1))) == 0
    assert skill("binary", true * 2 - 1, np.array([-3.0, 2, -1, 4, 0.5])) == 1


def test_a_distance_may_be_large_for_either_class():
    true, distance = np.array([0, 1, 0, 1, 1]), np.array([[3.0], [0.1], [2.5], [0.3], [0.2]])
    assert skill("binary", true, distance) <= 0
    assert mean_skill("binary", true, distance, sign_agnostic=True) == 1
    assert mean_skill("binary", true, 3 - distance, sign_agnostic=True) == 1
    assert mean_skill("binary", true, distance * np.nan, sign_agnostic=True) == -1


def test_missing_classes_count_against_chance():
    assert skill("multiclass", np.zeros(4, int), EYE[[1, 1, 1, 1]], classes=3) == pytest.approx(-0.5)
    assert skill("multiclass", np.zeros(4, int), EYE[[0, 0, 0, 0]], classes=3) == 1


def test_regression_is_free_of_units_and_of_a_few_wild_rows():
    rng = np.random.default_rng(0)
    true = rng.normal(size=300)
    pred = true + 0.3 * rng.normal(size=300)
    value = skill("regression", true, pred)
    assert value == pytest.approx(0.91, abs=0.03)
    assert skill("regression", true * 1000 + 7, pred[:, None] * 1000 + 7) == pytest.approx(value)
    wild = true.copy()
    wild[:3] = 1e6
    assert skill("regression", wild, pred) == pytest.approx(value, abs=0.01)
    assert skill("regression", true, np.full(300, true.mean())) == pytest.approx(0)
    assert skill("regression", true, pred * np.nan) == -1


def test_labels_of_their_own_and_several_outputs():
    true = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    assert skill("multilabel", true, true * 0.9) == 1
    assert skill("multilabel", true, np.ones((4, 2))) == 0
    both = {"kind": LABELS, "level": np.linspace(0, 1, 8)}
    right = {"level": np.linspace(0, 1, 8), "kind": EYE[LABELS]}
    assert mean_skill("multiclass", both, right) > 0.9
    assert mean_skill("regression", both, right) > 0.9  # the first output says nothing about the others


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (np.array([0, 1, 1, 0]), "binary"),
        (np.array([0, 1, 2]), "multiclass"),
        (np.eye(4), "multiclass"),
        (np.array([[1, 1, 0], [0, 0, 0]]), "multilabel"),
        (np.linspace(0, 1, 50), "regression"),
        (np.array(["a", "b", "c"]), "multiclass"),
        (None, "unknown"),
    ],
)
def test_task_of_targets(y, task):
    assert task_of_targets(y) == task


@pytest.mark.parametrize(
    ("loss", "activation", "integer", "task"),
    [
        ("binary_crossentropy", "sigmoid", False, "regression"),
        ("binary_crossentropy", "sigmoid", True, "binary"),
        ("categorical_crossentropy", "softmax", False, "multiclass"),
    ],
)
def test_grey_pixels_are_quantities_whatever_the_loss(loss, activation, integer, task):
    """A denoising autoencoder with a binary cross-entropy on values between 0 and 1: the floor of that loss is far above 0."""
    classes = {"0": 900, "1": 100} if integer else {}
    pixels = TargetFacts(name="y", shape=(16, 16, 1), dtype="float32", form="sequence", integer=integer, classes=classes)
    data = DataFacts(kind="arrays", rows=500, rows_seen=500, targets=(pixels,))
    head = HeadFacts(name="y", layer="y", units=1, activation=activation, loss=loss)
    model = ModelFacts(name="m", kind="sequential", compiled=True, built=True, heads=(head,))
    assert guess_task(data, model) == task
