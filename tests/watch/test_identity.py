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

from keras_magic.watch.budget import Budget
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
    return t.small(optimizer=optimizer)


def _half() -> keras.Model:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return t.small()
    finally:
        keras.config.set_dtype_policy("float32")


WEIGHTS = np.linspace(0.5, 2, t.ROWS)

ONCE = {"epochs": 1}

CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "sequential": (t.sequential, t.tables, {}),
    "unbuilt": (t.unbuilt, t.tables, ONCE),
    "functional, nested, shared, inputs, outputs": (t.nested, t.nested_data, ONCE),
    "subclassed": (t.subclassed, t.tables, ONCE),
    "own train_step": (lambda: t.compiled(OwnStep(), metrics=None), t.tables, ONCE),
    "two optimizers": (lambda: t.compiled(TwoOptimizers(), metrics=None), t.tables, ONCE),
    "convolution and augmentation": (t.convolution, t.images, {}),
    "recurrent": (t.recurrent, t.sequences, ONCE),
    "embedding": (t.embedding, t.tokens, ONCE),
    "frozen": (t.frozen, t.tables, ONCE),
    "jit": (lambda: t.small(jit_compile=True), t.tables, {}),
    "jit, convolution": (lambda: t.convolution(jit_compile=True, optimizer="sgd", metrics=None), t.images, ONCE),
    "run_eagerly": (lambda: t.small(run_eagerly=True), t.tables, {}),
    "steps_per_execution": (lambda: t.small(steps_per_execution=4), t.tables, {"epochs": 4}),
    "mixed precision": (_half, t.tables, {}),
    "accumulation, average, schedule": (_averaging, t.tables, {}),
    "tf.data": (t.small, _dataset, {}),
    "PyDataset": (t.small, t.Frames, ONCE),
    "generator": (t.small, t.generator, {"steps_per_epoch": 6}),
    "sample weights": (t.small, t.tables, {"sample_weight": WEIGHTS, **ONCE}),
    "class weights": (t.small, t.tables, {"class_weight": {0: 1.0, 1: 2.0, 2: 3.0}, **ONCE}),
    "validation, ragged batch": (t.small, t.tables, {"validation_split": 0.05}),
    "two fits": (t.small, t.tables, {"fits": 2, **ONCE}),
}


@pytest.fixture(autouse=True)
def measured_and_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short trainings have steps of both kinds, too: three at the start and every third are measured."""
    monkeypatch.setattr(Budget, "due", lambda self: self._count < 3 or self._count % 3 == 0)


WAITING = "time spent waiting for data: "
MISSING = {
    "two optimizers": [
        "true batch losses: train_step reports no loss: it neither calls compute_loss nor keeps a metric or a log called loss",
    ],
    "jit": [WAITING + "the step is compiled by XLA, which has no clock"],
    "jit, convolution": [WAITING + "the step is compiled by XLA, which has no clock"],
    "steps_per_execution": [WAITING + "several steps run in one execution, and their batches arrive within it"],
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
    assert (facts.input_share is None) == any(m.startswith(WAITING) for m in facts.missing)
    assert len(facts.layers) >= 2
    assert any(layer.gradient_norm for layer in facts.layers)
    assert any(layer.activation_std for layer in facts.layers)


OPTIMIZERS = {
    "momentum": lambda: keras.optimizers.SGD(0.1, 0.9),
    "momentum, clipped": lambda: keras.optimizers.SGD(0.1, 0.9, global_clipnorm=0.5),
    "momentum, accumulated": lambda: keras.optimizers.SGD(0.1, 0.9, gradient_accumulation_steps=2),
    "momentum, scaled": lambda: keras.optimizers.SGD(0.1, 0.9, loss_scale_factor=8.0),
    "nesterov, decay, schedule": lambda: keras.optimizers.SGD(
        keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), 0.9, nesterov=True, weight_decay=1e-3
    ),
    "rmsprop, momentum": lambda: keras.optimizers.RMSprop(0.01, momentum=0.9, centered=True),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
}
PLAIN = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion", "Adafactor", "Lamb")
PLAIN += ("Muon",) if keras.__version__ >= "3.11" else ()  # that of Keras 3.10 raises an AttributeError of its own
OPTIMIZERS |= {name: getattr(keras.optimizers, name) for name in PLAIN if hasattr(keras.optimizers, name)}
FAST = ("momentum", "nesterov, decay, schedule")


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in OPTIMIZERS])
def test_watching_changes_no_bit_with_any_optimizer(name: str) -> None:
    """A reader of the gradient can change how TensorFlow folds the update: each kind of update is compared."""
    plain, _ = t.train(lambda: t.small(optimizer=OPTIMIZERS[name]()), t.tables, None, epochs=1)
    watched, _ = t.train(lambda: t.small(optimizer=OPTIMIZERS[name]()), t.tables, Watch, epochs=1)
    t.assert_identical(plain, watched)


def test_gradients_told_from_the_slots_are_the_gradients() -> None:
    """With a clipping that never clips, the gradients of the same training are read directly."""
    norms = []
    for clip in (None, 1e9):
        _, watch = t.train(lambda c=clip: t.small(optimizer=keras.optimizers.SGD(0.1, 0.9, clipnorm=c)), t.tables, Watch, epochs=1)
        norms.append([layer.gradient_norm[:3] for layer in watch.facts.layers if layer.gradient_norm])
    np.testing.assert_allclose(norms[0], norms[1], rtol=1e-3)


def test_the_control_would_notice() -> None:
    """Another seed, another training: the comparison is not blind."""
    plain, _ = t.train(t.small, t.tables, None, epochs=1)
    other, _ = t.train(t.small, lambda: t.tables(1), None, epochs=1)
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
