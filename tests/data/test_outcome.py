"""The outcome: skill of the trained network beside that of simple references, and not a variable moved."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.sources.model import collect_model
from keras_magic.sources.outcome import measure_outcome
from keras_magic.sources.predicting import Predictor, predict


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(600, 5)).astype("float32")


def outcome_of(model, x, y, epochs=0, **arguments):
    run = Run(model=model, x=x, y=y, fit_arguments=arguments)
    model_facts = collect_model(model)
    data_facts = collect_data(run, model_facts)
    if epochs:
        model.fit(x, y, epochs=epochs, verbose=0, **arguments)
    return measure_outcome(run, data_facts, model_facts)


def net(units, activation, loss):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(units, activation),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


def test_untrained_network_has_no_skill_where_references_have(rows):
    y = (rows[:, 0] + rows[:, 1] > 0).astype("float32")
    outcome = outcome_of(net(1, "sigmoid", "binary_crossentropy"), rows, y, validation_split=0.25)
    assert outcome.task == "binary"
    assert outcome.validation < 0.7
    assert outcome.attainable == max(outcome.reference.values()) > 0.8
    assert set(outcome.reference) == {"linear", "trees", "neighbours"}


def test_trained_network_needs_no_reference(rows):
    y = rows[:, 0] - 2 * rows[:, 1]
    outcome = outcome_of(net(1, None, "mse"), rows, y, epochs=40)
    assert outcome.task == "regression"
    assert outcome.train > 0.9
    assert outcome.validation is None
    assert outcome.reference == {}


@pytest.mark.parametrize("values", [(0, 255), (-1, 1), (1, 2)])
def test_two_labels_of_any_name_are_what_a_single_output_tells_apart(rows, values):
    y = np.where(rows[:, 0] > 0, values[1], values[0])
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy")
    model.layers[0].set_weights([np.array([[50.0], [0], [0], [0], [0]]), np.zeros(1)])  # all rows right
    assert outcome_of(model, rows, y).per_class_recall == {"0": 1.0, "1": 1.0}


@pytest.mark.parametrize(("weight", "area"), [(1.0, 1.0), (-1.0, 0.0), (0.0, 0.5)])
def test_how_well_scores_rank_a_class_does_not_depend_on_a_threshold(rows, weight, area):
    y = (rows[:, 0] > 0).astype(int)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy")
    model.layers[0].set_weights([np.array([[weight], [0], [0], [0], [0]]), np.full(1, -50.0)])  # all rows are class 0, it says
    outcome = outcome_of(model, rows, y)
    assert outcome.per_class_ranking == pytest.approx({"0": area, "1": area})
    assert outcome.per_class_recall == {"0": 1.0, "1": 0.0}


def test_several_labels_have_references(rows):
    y = (rows[:, :3] > 0).astype("float32")
    outcome = outcome_of(net(3, "sigmoid", "binary_crossentropy"), rows, y)
    assert outcome.task == "multilabel"
    assert outcome.attainable > 0.7


def test_constant_predictions_are_seen(rows):
    model = net(1, None, "mse")
    model.layers[-1].kernel.assign(np.zeros((32, 1)))
    assert outcome_of(model, rows, rows[:, 0]).constant


def test_prediction_moves_no_variable(rows):
    model = net(1, None, "mse")
    before = [v.numpy() for v in model.variables]
    assert predict(model, rows).shape == (600, 1)
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, model.variables, strict=True))


def test_what_cannot_be_predicted_is_said(rows):
    outcome = outcome_of(net(1, None, "mse"), rows[:, :4], rows[:, 0])
    assert outcome.train is None
    assert outcome.missing


def test_validation_labels_under_other_numbers_are_seen(rows):
    """Coded apart, the same classes have other numbers in validation: worse than guessing, and right after a renaming."""
    y = np.digitize(rows[:, 0], [-0.5, 0.5])
    split, other = 450, np.array([2, 0, 1])
    run = {"validation_data": (rows[split:], other[y[split:]])}
    outcome = outcome_of(net(3, "softmax", "sparse_categorical_crossentropy"), rows[:split], y[:split], epochs=15, **run)
    assert outcome.accuracy["validation"] < 0.2
    assert outcome.accuracy_after_relabelling > 0.85
    unseen = {"validation_data": (rows[split:], np.full(len(rows) - split, 2))}
    assert (
        outcome_of(
            net(3, "softmax", "sparse_categorical_crossentropy"), rows[:split], y[:split] % 2, epochs=5, **unseen
        ).accuracy_after_relabelling
        is None
    )


def test_pixels_have_recalls_and_rows_an_accuracy():
    x = np.random.default_rng(0).normal(size=(60, 6, 6, 1)).astype("float32")
    model = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(1, 1, activation="sigmoid", kernel_initializer="ones")])
    model.compile("adam", "binary_crossentropy")
    outcome = outcome_of(model, x, (x > 0).astype("float32"))
    assert outcome.per_class_recall == {"0": 1.0, "1": 1.0}
    assert outcome.accuracy == {}
    assert outcome.reference_is_lower_bound


def recurrent():
    model = keras.Sequential([keras.Input((200, 3)), keras.layers.LSTM(8), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_a_loop_over_time_is_not_run_in_python(monkeypatch):
    x, calls = np.ones((80, 200, 3), "float32"), []
    model = recurrent()
    own = keras.layers.LSTMCell.call
    monkeypatch.setattr(keras.layers.LSTMCell, "call", lambda *args, **kwargs: calls.append(1) or own(*args, **kwargs))
    whole = np.asarray(model(x))
    in_python = len(calls)
    calls.clear()
    predictor = Predictor(model)
    assert np.allclose(predictor(x), whole, atol=1e-5)
    assert np.allclose(predictor(x[:33]), whole[:33], atol=1e-5)
    assert len(calls) <= 4 < in_python


def test_a_network_that_cannot_be_traced_is_predicted_in_python():
    class OnlyInPython(keras.layers.Layer):
        def call(self, x):
            return keras.ops.convert_to_tensor(x.numpy())

        def compute_output_shape(self, shape):
            return shape

    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1)(OnlyInPython()(inputs)))
    model.compile("sgd", "mse")
    x = np.ones((70, 3), "float32")
    assert np.allclose(predict(model, x), model(x))


def test_an_autoencoder_is_held_to_what_its_code_can_carry():
    """Noise that no code of three numbers can hand on is no failure of the network."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(600, 3)) @ rng.normal(size=(3, 20)) + 2 * rng.normal(size=(600, 20))).astype("float32")
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(3), keras.layers.Dense(20)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    outcome = outcome_of(model, x, x, epochs=30)
    assert 0.2 < outcome.attainable < 0.7
    assert outcome.train > outcome.attainable - 0.05
