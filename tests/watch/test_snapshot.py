"""Snapshots restore everything that training changes, bit for bit."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_magic.errors import RestoreError, UsageError
from keras_magic.watch.snapshot import ensure_built, preserved, snapshot


def make_model(optimizer="adam", **compile_arguments):
    model = keras.Sequential(
        [layers.Input((5,)), layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)]
    )
    model.compile(optimizer, "mse", metrics=["mae"], **compile_arguments)
    return model


DATA = np.random.default_rng(0).normal(size=(64, 5)).astype("float32"), np.ones((64, 1), "float32")


def everything(model):
    """All state that a following training depends on, as bytes and plain values."""
    optimizer = model.optimizer
    variables = [*model.variables, *(v for m in model.metrics for v in m.variables), *optimizer.variables]
    return {
        "variables": [(v.path, np.asarray(v).tobytes()) for v in variables],
        "built": optimizer.built,
        "rate": id(optimizer._learning_rate),
        "optimizer": id(optimizer),
        "functions": [id(f) for f in (model.train_function, model.test_function, model.predict_function)],
        "settings": (model.stop_training, model.steps_per_execution, model.run_eagerly, model.jit_compile, id(model.loss)),
        "trainable": [layer.trainable for layer in model.layers],
        "python": random.getstate(),
        "numpy": str(np.random.get_state()),  # noqa: NPY002
        "tensorflow": tf.random.get_global_generator().state.numpy().tolist(),
        "operation seeds": tf.random.uniform((2,)).numpy().tolist() if tf.executing_eagerly() else None,
    }


def disturb(model):
    model.fit(*DATA, epochs=2, verbose=0)
    model.evaluate(*DATA, verbose=0)
    model.layers[0].trainable = False
    model.compile(keras.optimizers.SGD(0.5), "mae", run_eagerly=True)
    model.stop_training = True
    random.random()
    np.random.random()  # noqa: NPY002
    tf.random.get_global_generator().normal((3,))
    keras.random.normal((3,))


@pytest.mark.parametrize("trained", [False, True])
def test_everything_comes_back(trained):
    keras.utils.set_random_seed(1)
    model = make_model()
    model.evaluate(*DATA, verbose=0)  # makes the variables of the metrics
    if trained:
        model.fit(*DATA, epochs=1, verbose=0)
    tf.random.get_global_generator()
    tf.random.set_seed(3)
    before_snapshot = snapshot(model)
    before = everything(model)
    before_snapshot.restore()  # `everything` itself draws from the random state
    disturb(model)
    before_snapshot.restore()
    assert everything(model) == before
    assert model.optimizer.built == trained


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_training_afterwards_is_as_if_nothing_had_been(error):
    def train(detour):
        keras.utils.set_random_seed(7)
        model = make_model(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9), momentum=0.9))
        model.fit(*DATA, epochs=1, verbose=0)
        if detour:
            try:
                with preserved(model):
                    model.fit(*DATA, epochs=1, verbose=0)
                    model.optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(1.0, 10)
                    if error:
                        raise error
            except (ValueError, KeyboardInterrupt):
                pass
        model.fit(*DATA, epochs=2, verbose=0)
        return [np.asarray(v).tobytes() for v in (*model.variables, *model.optimizer.variables)]

    assert train(detour=True) == train(detour=False)


def test_optimizers_in_attributes_are_kept():
    class TwoOptimizers(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.second = keras.optimizers.Adam(0.1)

        def call(self, x):
            return self.dense(x)

    model = TwoOptimizers()
    model.compile("sgd", "mse")
    ensure_built(model, DATA)
    with preserved(model):
        model.second.build(model.trainable_variables)
        model.second.learning_rate = 9.0
    assert not model.second.built
    assert float(model.second.learning_rate) == pytest.approx(0.1)


def test_loss_scaling_state_comes_back():
    model = make_model(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=8.0, dynamic_growth_steps=2))
    model.fit(*DATA, epochs=1, verbose=0)
    scale = float(model.optimizer.dynamic_scale)
    slots = [np.asarray(v).tobytes() for v in model.optimizer.variables]
    with preserved(model):
        model.fit(*DATA, epochs=2, verbose=0)
        assert float(model.optimizer.dynamic_scale) != scale
    assert [np.asarray(v).tobytes() for v in model.optimizer.variables] == slots


def test_ensure_built_leaves_the_optimizer_alone():
    model = keras.Sequential([layers.Dense(4), layers.Dense(1)])
    model.compile("adam", "mse")
    ensure_built(model, DATA)
    assert len(model.weights) == 4
    assert not model.optimizer.built


def test_a_model_that_cannot_be_called_is_one_line():
    model = keras.Sequential([layers.Dense(4), layers.Conv2D(3, 3)])
    model.compile("adam", "mse")
    with pytest.raises(UsageError, match="cannot be built on this data") as caught:
        ensure_built(model, DATA)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_restored_is_named():
    model = make_model()
    state = snapshot(model)
    model.optimizer._variables = None
    broken = type(state)((*state.steps, ("the moon", lambda: 1 / 0)))
    with pytest.raises(RestoreError, match="the moon"):
        broken.restore()
    assert isinstance(model.optimizer.variables, list)  # the rest was put back
