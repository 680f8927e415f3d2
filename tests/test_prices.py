"""A diagnosis keeps its time whatever a step costs, and says at what price the rest is to be had. Counted on a clock of our own."""

from __future__ import annotations

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from keras_magic.facts import Facts, TrainingFacts
from keras_magic.prices import LEAST_ROWS, LEAST_STEPS, Prices, refusal, spoken, steps_of_fit

STEP, TRACE, BATCH = 0.3, 4.0, 32
FORWARD = 1 / 3  # of a step; and to trace the forward pass alone takes so much of the whole trace:
FORWARD_TRACE = 0.05


class Counter:
    """A clock that goes on only where a network is traced or run."""

    def __init__(self) -> None:
        self.now, self.runs, self.predicted, self.traces = 1000.0, 0, 0, 0

    def run(self, rows: int = BATCH) -> None:
        self.now += STEP
        self.runs += 1

    def predict(self, rows: int) -> None:
        self.now += FORWARD * STEP * int(rows) / BATCH
        self.predicted += int(rows)

    def trace(self, forward: bool) -> None:
        self.now += TRACE * (FORWARD_TRACE if forward else 1 / 2)  # a copy is traced as it is made, and as its step is
        self.traces += not forward


COUNTER = Counter()


@keras.saving.register_keras_serializable("tests")
class Slow(keras.layers.Layer):
    """Passes on its input at the price of `STEP` seconds on the counter."""

    def call(self, x):
        if isinstance(x, keras.KerasTensor):
            return x
        if tf.executing_eagerly():
            COUNTER.run()
            return x
        forward = tf.compat.v1.get_default_graph().name == "forward_pass"
        COUNTER.trace(forward)
        with tf.control_dependencies([tf.py_function(COUNTER.predict if forward else COUNTER.run, [tf.shape(x)[0]], [])]):
            return tf.identity(x)


@pytest.fixture
def counter(monkeypatch):
    COUNTER.__init__()
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(time, name, lambda: COUNTER.now)
    monkeypatch.setattr("keras_magic.clock.busy", lambda: False)
    monkeypatch.setattr("keras_magic.prices.busy", lambda: False)
    return COUNTER


def slow_and_far_too_timid():
    """A network of slow steps whose learning rate is so low that it does not learn."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(640, 6)).astype("float32")
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(16, activation="relu")(Slow()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(keras.optimizers.SGD(1e-6), "binary_crossentropy", metrics=["accuracy"])
    return model, x, (x[:, 0] * x[:, 1] > 0).astype("int32")


def diagnosed(seconds):
    model, x, y = slow_and_far_too_timid()
    return km.diagnose(model, x, y, epochs=3, verbose=0, validation_split=0.2, seconds=seconds).diagnoses[-1]


def test_slow_steps_are_not_tried_and_their_price_is_named(counter):
    found = diagnosed(10)
    assert found.seconds <= 12
    assert found.facts.trials is None
    assert found.facts.rate is None
    (first, *_) = found.facts.missing
    assert "seconds=" in first
    assert "left out" in first


def test_with_more_seconds_they_are_tried_and_these_are_kept(counter):
    found = diagnosed(400)
    assert found.facts.rate is not None
    assert found.facts.trials is not None
    assert found.facts.trials.results
    assert found.seconds <= 402


def test_a_repair_says_its_price_before_it_trains(counter):
    model, x, y = slow_and_far_too_timid()
    report = km.diagnose(model, x, y, epochs=3, verbose=0, validation_split=0.2, seconds=0)
    runs = counter.runs
    repaired = report.repair(5)
    assert "%repair" in str(repaired)
    assert counter.runs - runs < LEAST_STEPS


def test_a_healthy_network_costs_a_second(counter):
    """No step beside those of the plain training, and one trace less than its two; few rows are predicted."""
    asked = {"epochs": 6, "verbose": 0, "validation_split": 0.2}

    def healthy():
        model, x, _ = slow_and_far_too_timid()
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
        counter.runs = counter.traces = counter.predicted = 0
        return model, x, (x[:, 0] > 0).astype("int32")

    model, x, y = healthy()
    model.fit(x, y, **asked)
    plain = counter.runs, counter.traces
    found = km.diagnose(*healthy(), **asked).diagnoses[-1]
    assert found.facts.outcome.validation > 0.9
    assert (counter.runs, counter.traces + 1) == plain
    assert 2 * LEAST_ROWS <= counter.predicted <= 320
    assert found.seconds <= max(1, 0.03 * found.facts.training.seconds)


def test_prices_are_those_of_the_training(counter):
    prices = Prices.of(TrainingFacts(seconds_to_trace=12.0, seconds_per_step=0.4))
    assert (prices.trace, prices.step) == (12.0, 0.4)
    assert prices.trial(1000) == prices.copy + LEAST_STEPS * 0.4
    assert prices.trial(5) == prices.copy + 5 * 0.4
    assert prices.rows_to_judge(1024, batch=32) == 120
    assert Prices(step=10).rows_to_judge(1024, batch=32) == LEAST_ROWS
    assert Prices().rows_to_judge(1024, batch=32) == 1024
    assert (prices.at_once(8), Prices(step=0.01).at_once(8), Prices().at_once(8)) == (1, 8, 8)


def test_a_training_that_raised_before_its_first_step_priced_a_trace(counter):
    assert Prices.of(TrainingFacts(seconds=7.0)).trace == 7.0
    assert Prices.of(None) == Prices()


def test_prices_in_words():
    assert [spoken(s) for s in (0.42, 41.7, 400)] == ["0.4 s", "42 s", "7 min"]
    assert refusal("a range test", 38.0, 4.2).endswith("and 4 s were left: seconds=50")
    assert refusal("a range test", 138.0, -1, "%repair {}").endswith("and 0.0 s were left: %repair 200")


def test_the_steps_of_a_fit():
    assert steps_of_fit(Facts(training=TrainingFacts(steps_per_epoch=20, epochs_asked=3))) == 60
    assert steps_of_fit(Facts()) == LEAST_STEPS


def test_a_repair_keeps_its_seconds_and_says_what_it_had_no_time_for(counter):
    model, x, y = slow_and_far_too_timid()
    report = km.diagnose(model, x, y, epochs=3, verbose=0, validation_split=0.2, seconds=0)
    started = counter.now
    repaired = report.repair(60)
    assert repaired.trials.results
    assert counter.now - started <= 60
    assert "another change was left out" in "; ".join(repaired.notes)
