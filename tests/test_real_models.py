"""Healthy trainings in the ways in which real models are trained: XLA, half precision, two devices, `keras.applications`.

python -m tests.test_real_models    # the one on two logical CPUs, which needs a process of its own
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km

layers = keras.layers
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(512, 8)).astype("float32")
LABELS = (TABLE[:, 0] + TABLE[:, 1] > 0).astype("int32")


def network(**compiled: object) -> keras.Model:
    keras.utils.set_random_seed(0)
    body = [layers.Dense(32, "relu"), layers.Dropout(0.1), layers.Dense(2)]
    model = keras.Sequential([keras.Input((8,)), *body, layers.Activation("softmax", dtype="float32")])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    return model


def images(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Dark and bright ones."""
    bright = RNG.integers(0, 2, rows)
    return (RNG.uniform(0, 128, (rows, 32, 32, 3)) + 100 * bright[:, None, None, None]).astype("float32"), bright


def healthy(report: km.Report) -> None:
    """All is measured, the network learns, and nothing is said against it."""
    (diagnosis,) = report.diagnoses
    training = diagnosis.facts.training
    assert training.layers
    assert training.history["accuracy"][-1] > 0.9
    assert [str(f) for f in report.findings if f.severity != "info"] == []


def test_compiled_by_xla():
    healthy(km.diagnose(network(jit_compile=True), TABLE, LABELS, epochs=8, verbose=0, seconds=0, strict=True))


@pytest.fixture
def half() -> Iterator[None]:
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    yield
    keras.mixed_precision.set_global_policy(before)


def test_half_precision(half):
    healthy(km.diagnose(network(), TABLE, LABELS, epochs=8, batch_size=16, verbose=0, seconds=0, strict=True))


def test_two_devices():
    done = subprocess.run(
        [sys.executable, "-m", "tests.test_real_models"], capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "truths"), [("EfficientNetV2B0", []), ("MobileNetV3Small", ["KM308"])])
def test_networks_of_keras_applications(name, truths):
    """72 steps are too few for MobileNetV3's moving averages, of which each step changes a thousandth: it predicts by chance."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 32, 3))
    base = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(32, 32, 3), pooling="avg")
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(base(inputs)))
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = images(256)
    given = {"epochs": 6, "batch_size": 16, "validation_data": (x[192:], y[192:]), "verbose": 0}
    report = km.diagnose(model, x[:192], y[:192], **given, seconds=0, strict=True)
    assert [f.rule for f in report.findings if f.severity != "info"] == truths


def main() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        model, other = network(), network()
    healthy(km.diagnose(model, TABLE, LABELS, epochs=8, verbose=0, seconds=0, strict=True))
    data = tf.data.Dataset.from_tensor_slices((TABLE, LABELS)).shuffle(512, seed=0).batch(64)
    healthy(km.diagnose(other, data, epochs=12, verbose=0, seconds=0, strict=True))


if __name__ == "__main__":
    main()
