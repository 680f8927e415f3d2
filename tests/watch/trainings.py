"""Trainings of every kind that Keras offers, small; each is rebuilt from the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from keras.src.backend.common import global_state

ROWS = 96


def tables(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """96 rows of 6 features and 3 classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, 6)).astype("float32")
    return x, (x[:, :3].argmax(axis=1)).astype("int32")


def images() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(ROWS, 8, 8, 2)).astype("float32"), rng.integers(0, 3, ROWS)


def sequences() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(ROWS, 5, 4)).astype("float32"), rng.integers(0, 3, ROWS)


def compiled(model: keras.Model, **options: Any) -> keras.Model:
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **options})
    return model


def noisy_layers() -> list[Any]:
    return [
        keras.Input((6,)),
        layers.Dense(8, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.3),
        layers.GaussianNoise(0.1),
        layers.Dense(3, activation="softmax"),
    ]


def sequential(**options: Any) -> keras.Model:
    return compiled(keras.Sequential(noisy_layers()), **options)


def few_layers() -> list[Any]:
    return [
        keras.Input((6,)),
        layers.Dense(4, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax"),
    ]


def small(**options: Any) -> keras.Model:
    """Quick to trace, with randomness, moving averages and slots: where the way of training is the point."""
    return compiled(keras.Sequential(few_layers()), **{"metrics": None, **options})


def unbuilt() -> keras.Model:
    return compiled(keras.Sequential(few_layers()[1:]), metrics=None)


def convolution(**options: Any) -> keras.Model:
    stack = [
        keras.Input((8, 8, 2)),
        layers.RandomFlip(),
        layers.Conv2D(4, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(keras.Sequential(stack), **options)


def recurrent() -> keras.Model:
    stack = [
        keras.Input((5, 4)),
        layers.Bidirectional(layers.LSTM(4, dropout=0.2, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(4, activation="tanh")),
        layers.GlobalAveragePooling1D(),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(keras.Sequential(stack), optimizer="sgd", metrics=None)


def nested() -> keras.Model:
    """A shared layer, a nested model, an operation, two inputs and two outputs."""
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, activation="relu"), layers.Dropout(0.2)], name="inner")
    shared = layers.Dense(8, activation="tanh", name="shared")
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    joined = ops.add(inner(shared(left)), shared(right))
    outputs = {"kind": layers.Dense(3, activation="softmax", name="kind")(joined), "size": layers.Dense(1, name="size")(joined)}
    model = keras.Model([left, right], outputs)
    model.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": "mse"}, loss_weights={"kind": 1.0, "size": 0.5})
    return model


def nested_data() -> tuple[Any, Any]:
    x, y = tables()
    return {"left": x, "right": x[::-1].copy()}, {"kind": y, "size": x[:, :1] * 2}


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = [layers.Dense(8, activation="relu"), layers.Dense(8, activation="relu")]
        self.drop = layers.Dropout(0.3)
        self.head = layers.Dense(3, activation="softmax")

    def call(self, x: Any, training: bool = False) -> Any:
        for layer in self.hidden:
            x = layer(x)
        return self.head(self.drop(x, training=training))


def subclassed() -> keras.Model:
    return compiled(Subclassed())


def embedding() -> keras.Model:
    stack = [keras.Input((5,)), layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential(stack))


def tokens() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.integers(0, 20, (ROWS, 5)), rng.integers(0, 3, ROWS)


def frozen() -> keras.Model:
    model = small()
    model.layers[0].trainable = False
    return compiled(model, metrics=None)


class Frames(keras.utils.PyDataset):
    """A dataset of Python batches."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = tables()
        return x[index * 16 : index * 16 + 16], y[index * 16 : index * 16 + 16]


def generator() -> Any:
    while True:
        for index in range(6):
            yield Frames()[index]


Evidence = dict[str, Any]


def fingerprint(model: keras.Model, histories: list[dict[str, list[float]]]) -> Evidence:
    """Everything a training leaves behind: weights, slots, curves and all random states (by what they give next)."""
    return {
        "weights": {f"{i} {v.path}": keras.ops.convert_to_numpy(v) for i, v in enumerate(model.variables)},
        "slots": [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables],
        "history": histories,
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002 - the state is the point
        "keras": float(keras.random.uniform(())),
        "backend": _next_of_backend(),
    }


def _next_of_backend() -> float:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return float(tf.random.uniform(()))
    return 0.0


def assert_identical(plain: Evidence, watched: Evidence) -> None:
    """Bit for bit, name by name (names of layers differ by their counters only)."""
    for (left, a), (right, b) in zip(plain["weights"].items(), watched["weights"].items(), strict=True):
        assert a.tobytes() == b.tobytes(), f"{left} / {right} differ"
    for number, (a, b) in enumerate(zip(plain["slots"], watched["slots"], strict=True)):
        assert a.tobytes() == b.tobytes(), f"slot {number} differs"
    for part in ("history", "python", "numpy", "keras", "backend"):
        assert repr(plain[part]) == repr(watched[part]), f"{part} differs"


def reset_random_state(seed: int) -> None:
    """Seed everything, Keras' own generator included, which `set_random_seed` leaves in older versions."""
    keras.utils.set_random_seed(seed)
    global_state.set_global_attribute("global_seed_generator", None)


def train(
    build: Callable[[], keras.Model], data: Callable[[], Any], watch: Callable[[], Any] | None, **fit: Any
) -> tuple[Any, Any]:
    """Build and train from a fixed seed; returns the fingerprint and the watch."""
    fits = fit.pop("fits", 1)
    reset_random_state(11)
    model = build()
    callback = watch() if watch else None
    histories = []
    for _ in range(fits):
        given = data()
        x, y = given if isinstance(given, tuple) else (given, None)
        fit = {"epochs": 2, "batch_size": 16 if isinstance(given, tuple) else None, **fit}
        callbacks = [callback] if callback else []
        histories.append(model.fit(x, y, verbose=0, callbacks=callbacks, **fit).history)
    return fingerprint(model, histories), callback
