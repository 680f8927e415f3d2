"""A watched training ends bit for bit as the same training without being watched."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_magic.watch.callback import Watch
from tests.watch import trainings as t


class OwnStep(t.Subclassed):
    """A train_step of the user's own, with noise from the backend's global generator."""

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            predicted = self(x + tf.random.normal(tf.shape(x), stddev=0.01), training=True)
            loss = self.compute_loss(x, y, predicted)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return {"own_loss": loss}


class TwoOptimizers(keras.Model):
    """As in a GAN: two applications per step, random numbers drawn in between."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = keras.Sequential([layers.Dense(6)], name="maker")
        self.critic = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(1)], name="critic")
        self.second = keras.optimizers.SGD(0.01)

    def call(self, x: Any) -> Any:
        return self.critic(self.maker(x))

    def train_step(self, data: Any) -> Any:
        x, _ = data
        logs = {}
        for name, part, optimizer in (("critic", self.critic, self.optimizer), ("maker", self.maker, self.second)):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(tf.random.normal(tf.shape(x))) - tf.reduce_mean(x)) ** 2)
            weights = part.trainable_weights
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            logs[name] = loss
        return logs


def _dataset() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(t.tables()).shuffle(96, seed=5).batch(16)


def _averaging() -> keras.Model:
    decay = keras.optimizers.schedules.ExponentialDecay(0.01, 4, 0.9)
    optimizer = keras.optimizers.AdamW(decay, use_ema=True, clipnorm=1.0, gradient_accumulation_steps=2)
    return t.sequential(optimizer=optimizer)


def _half() -> keras.Model:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return t.sequential()
    finally:
        keras.config.set_dtype_policy("float32")


WEIGHTS = np.linspace(0.5, 2, t.ROWS)

CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "sequential": (t.sequential, t.tables, {}),
    "unbuilt": (t.unbuilt, t.tables, {}),
    "functional, nested, shared, inputs, outputs": (t.nested, t.nested_data, {}),
    "subclassed": (t.subclassed, t.tables, {}),
    "own train_step": (lambda: t.compiled(OwnStep(), metrics=None), t.tables, {}),
    "two optimizers": (lambda: t.compiled(TwoOptimizers(), metrics=None), t.tables, {}),
    "convolution and augmentation": (t.convolution, t.images, {}),
    "recurrent": (t.recurrent, t.sequences, {}),
    "embedding": (t.embedding, t.tokens, {}),
    "frozen": (t.frozen, t.tables, {}),
    "jit": (lambda: t.sequential(jit_compile=True), t.tables, {}),
    "jit, convolution": (lambda: t.convolution(jit_compile=True), t.images, {"epochs": 1}),
    "run_eagerly": (lambda: t.sequential(run_eagerly=True), t.tables, {}),
    "steps_per_execution": (lambda: t.sequential(steps_per_execution=4), t.tables, {}),
    "mixed precision": (_half, t.tables, {}),
    "accumulation, average, schedule": (_averaging, t.tables, {}),
    "tf.data": (t.sequential, _dataset, {}),
    "PyDataset": (t.sequential, t.Frames, {}),
    "generator": (t.sequential, t.generator, {"steps_per_epoch": 6}),
    "sample weights": (t.sequential, t.tables, {"sample_weight": WEIGHTS}),
    "class weights": (t.sequential, t.tables, {"class_weight": {0: 1.0, 1: 2.0, 2: 3.0}}),
    "validation, ragged batch": (t.sequential, t.tables, {"validation_split": 0.05}),
    "two fits": (t.sequential, t.tables, {"fits": 2}),
}


MISSING = {
    "two optimizers": [
        "true batch losses: train_step tells no loss: it neither calls compute_loss nor keeps a metric or a log called loss",
    ],
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * ("jit" in n)) for n in CASES])
def test_watching_changes_no_bit(name: str) -> None:
    build, data, fit = CASES[name]
    plain, _ = t.train(build, data, None, **fit)
    watched, watch = t.train(build, data, Watch, **fit)
    t.assert_identical(plain, watched)
    facts = watch.facts
    assert [m for m in facts.missing if not m.startswith("gradient noise")] == MISSING.get(name, [])
    assert facts.steps_done == 6 * facts.epochs_done
    assert len(facts.layers) >= 2
    assert any(layer.gradient_norm for layer in facts.layers)
    assert any(layer.activation_std for layer in facts.layers)


def test_the_control_would_notice() -> None:
    """Another seed, another training: the comparison is not blind."""
    plain, _ = t.train(t.sequential, t.tables, None)
    other, _ = t.train(t.sequential, lambda: t.tables(1), None)
    with pytest.raises(AssertionError):
        t.assert_identical(plain, other)


def test_operations_have_no_series() -> None:
    """`ops` inside a functional model are tapped for the origin of a NaN only."""
    _, watch = t.train(t.nested, t.nested_data, Watch, epochs=1)
    names = {layer.name for layer in watch.facts.layers}
    assert {"shared", "kind", "size"} < names
    assert len([name for name in names if name.startswith("inner/")]) == 1  # the Dense; its Dropout only passes values on
    assert not any("add" in name for name in names)


@pytest.mark.slow
def test_mirrored_strategy() -> None:
    """Two logical CPUs have to be set up before TensorFlow starts, hence a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.watch.mirrored"], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "identical" in done.stdout
