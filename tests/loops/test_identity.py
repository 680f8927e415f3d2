"""A watched loop is bit for bit the unwatched one, and what was patched is put back."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from keras_magic.loops.capture import _points

layers = keras.layers
ROWS = np.random.default_rng(3).normal(size=(96, 6)).astype("float32")


def classifier() -> keras.Model:
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(3)]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def seeded() -> None:
    """Keras 3.10 goes on with its global generator when a seed is set; a cleared session starts it again."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)


def eager(compiled: bool = False) -> list[np.ndarray]:
    """Twelve updates with dropout and a random augmentation from TensorFlow's global generator; every loss and weight."""
    model, optimizer = classifier(), keras.optimizers.Adam(1e-2)
    loss_fn, seen = keras.losses.SparseCategoricalCrossentropy(from_logits=True), []

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x + 0.1 * tf.random.normal(tf.shape(x)), training=True))
            if tf.reduce_mean(loss) > 0:  # autograph has to see this
                loss = loss * 1.0
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    run = tf.function(step) if compiled else step
    for k in range(12):
        rows = ROWS[k % 3 * 32 :][:32]
        seen.append(run(tf.constant(rows), tf.constant((rows[:, 0] > 0).astype("int32"))).numpy())
    return [*seen, *(v.numpy() for v in (*model.variables, *optimizer.variables))]


def compiled() -> list[np.ndarray]:
    return eager(compiled=True)


def batches() -> list[np.ndarray]:
    model = classifier()
    logs = [model.train_on_batch(ROWS[k % 3 * 32 :][:32], (ROWS[k % 3 * 32 :][:32, 0] > 0).astype("int32")) for k in range(12)]
    return [*map(np.asarray, logs), *(v.numpy() for v in (*model.variables, *model.optimizer.variables))]


def inside_a_fit() -> list[np.ndarray]:
    """A `train_step` of one's own: its tape and its optimizer belong to the fit."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.body = classifier()

        def call(self, x, training=None):
            return self.body(x, training=training)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables, strict=True)
            )
            return {"loss": loss}

    model = Own()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(ROWS, (ROWS[:, 0] > 0).astype("int32"), epochs=2, verbose=0)
    return [np.array(history.history["loss"]), *(v.numpy() for v in model.variables)]


@pytest.mark.parametrize("loop", [eager, compiled, batches, inside_a_fit])
def test_a_watched_loop_is_bit_identical(loop):
    seeded()
    plain = loop()
    after = [np.random.random(), float(tf.random.uniform(())), float(keras.random.uniform(()))]  # noqa: NPY002
    seeded()
    with km.watch(strict=True, seconds=0) as report:
        watched = loop()
    after_watched = [np.random.random(), float(tf.random.uniform(())), float(keras.random.uniform(()))]  # noqa: NPY002
    assert len(plain) == len(watched)
    assert all(np.array_equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert after == after_watched
    kinds = [d.kind for d in report.diagnoses]
    assert kinds == (["fit"] if loop is inside_a_fit else ["loop"])


def test_what_was_patched_is_put_back():
    before = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in _points()]

    def stopped() -> None:
        batches()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), km.watch() as report:
        stopped()
    assert [(owner, name, owner.__dict__.get(name)) for owner, name, _ in _points()] == before
    assert isinstance(report.exception, ZeroDivisionError)
    assert report.diagnoses[0].facts.loop.updates == 12


def test_other_threads_are_left_alone():
    with km.watch(strict=True) as report:
        worker = threading.Thread(target=batches)
        worker.start()
        worker.join()
    assert report.diagnoses == []
    assert "no step of a Keras optimizer was seen" in report.verdict


def test_a_fault_of_ours_never_reaches_the_loop(monkeypatch):
    from keras_magic.loops.recorder import Recorder

    def broken(*args, **kwargs):
        raise RuntimeError("ours")

    for name in ("_returned", "_differentiated", "_measured", "_function_done"):
        monkeypatch.setattr(Recorder, name, broken)
    keras.utils.set_random_seed(7)
    plain = eager()
    keras.utils.set_random_seed(7)
    with km.watch(seconds=0) as report:
        assert all(np.array_equal(a, b) for a, b in zip(plain, eager(), strict=True))
    assert any("ours" in note for d in report.diagnoses for note in d.facts.missing)
