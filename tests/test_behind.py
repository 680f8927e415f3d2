"""What an exact contradiction hides is found on a copy without it, and the user's own is left as it is."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_magic as km
from keras_magic.diagnosis.revealed import reveal
from keras_magic.facts import Facts, OutcomeFacts, TrainingFacts
from keras_magic.findings import OF_THE_COPY, Evidence, Finding, Severity

HINT, PLAUSIBLE, STRONG, MEASURED, CONTRADICTION = Evidence


def finding(cause: str, level: Evidence, severity: str = "error") -> Finding:
    return Finding(rule="KM999", name=cause, cause=cause, severity=Severity(severity), message=cause, level=level)


def behind(*, learned: bool = False, cut: bool = False) -> Facts:
    skill = 0.95 if learned else 0.1
    outcome = OutcomeFacts(task="regression", train=skill, validation=skill, attainable=0.95)
    return Facts(outcome=outcome, training=TrainingFacts(epochs_asked=2, epochs_done=2, steps_done=8, interrupted=cut))


UNITS = finding("output-units", CONTRADICTION)


def test_what_shows_on_the_copy_stands_behind_the_contradiction():
    hidden = [finding("learning-rate-too-high", PLAUSIBLE), finding("dropout", HINT), finding("batch-size", MEASURED, "info")]
    hidden.append(finding("too-little-data", MEASURED))  # the copy saw a sample
    shown = reveal([UNITS, finding("learning-rate-too-high", HINT)], hidden, behind(), Facts())
    assert [(f.cause, f.level) for f in shown] == [("output-units", CONTRADICTION), ("learning-rate-too-high", PLAUSIBLE)]
    assert "copy trained without the first fault" in shown[1].because


def test_a_short_copy_says_nothing_about_the_course_of_the_training():
    hidden = [finding("epochs-too-few", STRONG), finding("weight-init", STRONG)]
    assert [f.cause for f in reveal([UNITS], hidden, behind(cut=True), Facts())] == ["output-units", "weight-init"]
    assert {f.cause for f in reveal([UNITS], hidden, behind(), Facts())} == {"output-units", "weight-init", "epochs-too-few"}


def test_where_the_copy_learned_nothing_else_is_an_error():
    shown = reveal([UNITS, finding("weight-init", PLAUSIBLE)], [finding("dropout", MEASURED)], behind(learned=True), Facts())
    assert [(f.cause, str(f.severity)) for f in shown] == [("output-units", "error"), ("weight-init", "info")]


def test_what_the_data_alone_shows_is_stated_with_the_users_numbers():
    copys = [replace(finding("outliers", MEASURED), message="3 of 100 rows"), replace(finding("weight-init", STRONG), rule="KM998")]
    users = replace(finding("outliers", MEASURED), message="30 of 1,000 rows")
    shown = reveal([UNITS], copys, behind(), Facts(), [users])
    assert {f.message for f in shown} == {"output-units", "30 of 1,000 rows", f"weight-init {OF_THE_COPY}"}


@pytest.fixture(scope="module")
def arm() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.5, 1.5, (600, 4)).astype("float32")
    return x, np.stack([np.sin(x[:, 0]), x[:, 1] * x[:, 2], np.cos(x[:, 3])], 1).astype("float32")


def narrow(rate: float) -> keras.Model:
    """One output for three targets."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model


def test_a_rate_that_a_scheduler_sets_is_found_behind_wrong_output_units(arm):
    x, y = arm
    wild = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 * 0.9**epoch)
    report = km.diagnose(narrow(0.001), x, y, epochs=12, validation_split=0.2, callbacks=[wild], verbose=0)
    assert report.findings[0].cause == "output-units"
    rate = next(f for f in report.findings if f.cause == "learning-rate-too-high")
    assert rate.severity == "error"
    assert rate.evidence["learning_rate"] == pytest.approx(0.5)
    assert rate.evidence["suggestion"] < 0.1


def test_behind_an_exception_the_copy_is_trained_and_the_model_is_left_as_it_was(arm):
    x, _ = arm
    y = (x[:, 0] * x[:, 1] > 0).astype("int32") + 1  # classes 1 and 2 for two units
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((4,)), *(keras.layers.Dense(12, "sigmoid") for _ in range(12)), keras.layers.Dense(2, "softmax")]
    )
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy")
    before = [w.numpy().tobytes() for w in model.weights]
    report = km.diagnose(model, x, y, epochs=4, verbose=0)
    assert report.exception is not None
    assert report.findings[0].cause == "label-encoding"
    assert {"vanishing-gradient", "hidden-activation"} & {f.cause for f in report.findings[1:4]}
    assert [w.numpy().tobytes() for w in model.weights] == before
