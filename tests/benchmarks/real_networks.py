"""Networks of real size with data to train them on: name -> (compiled model, x, y, arguments of fit). None of them has a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

Case = tuple[keras.Model, np.ndarray, np.ndarray, dict[str, Any]]


def _transformer_block(x: Any, width: int, heads: int) -> Any:
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(heads, width // heads)(y, y)])
    y = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dense(width)(y)])


class Positions(layers.Layer):
    """Adds a learned vector for each position."""

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=tuple(shape[1:]), initializer="random_normal", name="table")

    def call(self, x: Any) -> Any:
        return x + self.table


def _transformer(rows: int, tokens: int, vocabulary: int, width: int, heads: int, blocks: int) -> Case:
    rng = np.random.default_rng(0)
    meaning = rng.normal(size=vocabulary)
    x = rng.integers(1, vocabulary, (rows, tokens))
    y = (meaning[x].mean(axis=1) > 0).astype("int32")
    inputs = keras.Input((tokens,), dtype="int32")
    z = Positions()(layers.Embedding(vocabulary, width)(inputs))
    for _ in range(blocks):
        z = _transformer_block(z, width, heads)
    outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(layers.LayerNormalization()(z)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(3e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 2, "batch_size": 32, "validation_split": 0.2}


def transformer() -> Case:
    """4 blocks of width 128 on 128 tokens."""
    return _transformer(rows=2560, tokens=128, vocabulary=5000, width=128, heads=4, blocks=4)


def transformer25m() -> Case:
    """12 blocks of width 384, 25 million parameters."""
    return _transformer(rows=320, tokens=64, vocabulary=10_000, width=384, heads=6, blocks=12)


def unet() -> Case:
    """A U-Net of three stages on 96 x 96 pixels: discs among noise."""
    rng = np.random.default_rng(0)
    rows, side = 256, 96
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    centre, radius = rng.integers(20, 76, (rows, 2)), rng.integers(8, 20, rows)
    distance = np.sqrt(((grid[None] - centre[:, :, None, None]) ** 2).sum(axis=1))
    y = (distance < radius[:, None, None])[..., None].astype("float32")
    x = (y + rng.normal(scale=0.5, size=y.shape)).astype("float32")
    inputs = z = keras.Input((side, side, 1))
    stages = []
    for filters in (16, 32, 64):
        z = _twice(z, filters)
        stages.append(z)
        z = layers.MaxPooling2D()(z)
    z = _twice(z, 128)
    for filters, skip in zip((64, 32, 16), reversed(stages), strict=True):
        z = _twice(layers.Concatenate()([layers.Conv2DTranspose(filters, 2, strides=2)(z), skip]), filters)
    model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(z))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 2, "batch_size": 16, "validation_split": 0.2}


def _twice(z: Any, filters: int) -> Any:
    for _ in range(2):
        z = layers.Conv2D(filters, 3, padding="same", use_bias=False)(z)
        z = layers.Activation("relu")(layers.BatchNormalization()(z))
    return z


def bilstm() -> Case:
    """Two bidirectional LSTMs on 200 steps: which of two frequencies is there."""
    rng = np.random.default_rng(0)
    rows, steps = 1600, 200
    y = rng.integers(0, 2, rows)
    phase = rng.uniform(0, 6, (rows, 1))
    wave = np.sin(np.arange(steps)[None] * (0.2 + 0.1 * y[:, None]) + phase)
    x = (wave[..., None] + rng.normal(scale=0.3, size=(rows, steps, 8))).astype("float32")
    stack = [keras.Input((steps, 8)), layers.Bidirectional(layers.LSTM(32, return_sequences=True))]
    stack += [layers.Bidirectional(layers.LSTM(32)), layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(stack)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 2, "batch_size": 32, "validation_split": 0.2}


def table() -> Case:
    """300,000 rows of 60 standardised features."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300_000, 60)).astype("float32")
    y = (x[:, 0] * x[:, 1] + x[:, 2] + rng.normal(scale=0.3, size=len(x)) > 0).astype("int32")
    stack = [keras.Input((60,)), layers.Dense(128, activation="relu"), layers.Dense(64, activation="relu")]
    model = keras.Sequential([*stack, layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 1, "batch_size": 256, "validation_split": 0.1}


def _images(rows: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Stripes of four directions in noise, scaled to -1 .. 1."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, rows)
    row, column = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    angle = (np.pi / 4 * y)[:, None, None]
    wave = np.sin(0.6 * (np.cos(angle) * row + np.sin(angle) * column) + rng.uniform(0, 6, (rows, 1, 1)))
    x = wave[..., None] * rng.uniform(0.5, 1, (rows, 1, 1, 3)) + rng.normal(scale=0.3, size=(rows, side, side, 3))
    return np.clip(x, -1, 1).astype("float32"), y


def _classifier(body: keras.Model, rows: int, side: int, epochs: int) -> Case:
    x, y = _images(rows, side)
    z = layers.GlobalAveragePooling2D()(body.output)
    model = keras.Model(body.input, layers.Dense(4, activation="softmax")(z))
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": epochs, "batch_size": 32, "validation_split": 0.2}


def mobilenet() -> Case:
    """MobileNetV2 without pretrained weights on 640 images of 96 x 96."""
    return _classifier(keras.applications.MobileNetV2((96, 96, 3), include_top=False, weights=None), 640, 96, epochs=2)


def resnet() -> Case:
    """ResNet50 without pretrained weights on 320 images of 64 x 64."""
    return _classifier(keras.applications.ResNet50(include_top=False, weights=None, input_shape=(64, 64, 3)), 320, 64, epochs=2)


def tiny() -> Case:
    """A network of milliseconds, to try this benchmark itself."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 8)).astype("float32")
    model = keras.Sequential([keras.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, x, (x[:, 0] > 0).astype("int32"), {"epochs": 2, "batch_size": 32, "validation_split": 0.2}


NETWORKS: dict[str, Callable[[], Case]] = {
    f.__name__: f for f in (transformer, unet, bilstm, table, mobilenet, resnet, transformer25m, tiny)
}
