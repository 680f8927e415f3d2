"""Small tasks for the learning-rate benchmark: `build(seed) -> (model, x, y)`; `TUNED` were looked at while the rule was
being made, `HELD_OUT` were not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

Built = tuple[Any, Any, Any]


def _compiled(stack: list[Any], optimizer: Any, loss: Any, x: Any, y: Any) -> Built:
    model = keras.Sequential(stack)
    model.compile(optimizer, loss)
    model.build((None, *x.shape[1:]))
    return model, x, y


def _blobs(rows: int, columns: int, classes: int, spread: float, seed: int) -> tuple[Any, Any]:
    r = np.random.default_rng(seed)
    centres = r.normal(size=(classes, 3, columns))
    y = r.integers(0, classes, rows)
    x = centres[y, r.integers(0, 3, rows)] + spread * r.normal(size=(rows, columns))
    return x.astype("float32"), y


def _shapes(rows: int, size: int, seed: int) -> tuple[Any, Any]:
    """Bright bars, crosses and squares on noise: three classes of grey images."""
    r = np.random.default_rng(seed)
    x, y = 0.3 * r.normal(size=(rows, size, size, 1)), r.integers(0, 3, rows)
    for i in range(rows):
        a, b = r.integers(1, size - 4, 2)
        if y[i] == 0:
            x[i, a, b : b + 4] += 1
        elif y[i] == 1:
            x[i, a : a + 4, b] += 1
        else:
            x[i, a : a + 2, b : b + 2] += 1
    return x.astype("float32"), y


def _waves(rows: int, length: int, classes: int, seed: int) -> tuple[Any, Any]:
    r = np.random.default_rng(seed)
    y = r.integers(0, classes, rows)
    t = np.arange(length)
    x = np.sin(t * (0.3 + 0.25 * y[:, None]) + r.uniform(0, 6, (rows, 1))) + 0.3 * r.normal(size=(rows, length))
    return x[..., None].astype("float32"), y


def mlp_adam(seed: int) -> Built:
    x, y = _blobs(1000, 20, 5, 0.9, 1)
    return _compiled([layers.Dense(32, "relu"), layers.Dense(5, "softmax")], "adam", "sparse_categorical_crossentropy", x, y)


def mlp_sgd(seed: int) -> Built:
    x, y = _blobs(800, 12, 4, 0.7, 2)
    stack = [layers.Dense(48, "relu"), layers.Dense(24, "relu"), layers.Dense(4, "softmax")]
    return _compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def cnn_batchnorm_momentum(seed: int) -> Built:
    x, y = _shapes(700, 12, 3)
    stack = [
        layers.Conv2D(8, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Conv2D(12, 3, strides=2, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, "softmax"),
    ]
    return _compiled(stack, keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", x, y)


def lstm_rmsprop(seed: int) -> Built:
    x, y = _waves(600, 20, 3, 4)
    return _compiled([layers.LSTM(16), layers.Dense(3, "softmax")], "rmsprop", "sparse_categorical_crossentropy", x, y)


def embedding_adamw(seed: int) -> Built:
    r = np.random.default_rng(5)
    x = r.integers(0, 300, (1000, 15))
    y = ((x < 40).sum(1) > (x > 255).sum(1)).astype("float32")
    stack = [layers.Embedding(300, 16), layers.GlobalAveragePooling1D(), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")]
    return _compiled(stack, "adamw", "binary_crossentropy", x, y)


def raw_regression_sgd_momentum(seed: int) -> Built:
    r = np.random.default_rng(6)
    x = r.normal(size=(600, 8)).astype("float32")
    y = (120 + 60 * x[:, 0] - 40 * x[:, 1] * x[:, 2] + 10 * r.normal(size=600)).astype("float32")
    stack = [layers.Dense(32, "relu"), layers.Dense(1)]
    return _compiled(stack, keras.optimizers.SGD(0.01, momentum=0.9), "mse", x, y)


def autoencoder_adam(seed: int) -> Built:
    r = np.random.default_rng(7)
    x = np.tanh(r.normal(size=(900, 4)) @ r.normal(size=(4, 24))).astype("float32")
    return _compiled([layers.Dense(16, "relu"), layers.Dense(4), layers.Dense(16, "relu"), layers.Dense(24)], "adam", "mse", x, x)


# ---------------------------------------------------------------- not looked at while tuning


def gru_adam(seed: int) -> Built:
    r = np.random.default_rng(11)
    x = r.normal(size=(700, 16, 2)).astype("float32")
    y = (np.cumsum(x[..., 0], 1)[:, -1] + 0.5 * x[:, -3:, 1].sum(1)).astype("float32")
    return _compiled([layers.GRU(20), layers.Dense(1)], "adam", "mae", x, y)


def deep_dropout_rmsprop(seed: int) -> Built:
    x, y = _blobs(1200, 30, 3, 1.1, 12)
    stack = [s for _ in range(3) for s in (layers.Dense(40, "elu"), layers.Dropout(0.2))] + [layers.Dense(3)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return _compiled(stack, "rmsprop", loss, x, y)


def raw_regression_adam(seed: int) -> Built:
    r = np.random.default_rng(13)
    x = r.uniform(-1, 1, (500, 6)).astype("float32")
    y = (300 + 200 * np.sin(2 * x[:, 0]) + 90 * x[:, 1]).astype("float32")
    return _compiled([layers.Dense(24, "tanh"), layers.Dense(24, "relu"), layers.Dense(1)], "adam", "mae", x, y)


def cnn_sgd(seed: int) -> Built:
    x, y = _shapes(600, 10, 14)
    stack = [layers.Conv2D(10, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3, "softmax")]
    return _compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def wide_linear_sgd(seed: int) -> Built:
    r = np.random.default_rng(15)
    x = (r.normal(size=(500, 40)) * np.geomspace(0.2, 2, 40)).astype("float32")
    y = (x @ r.normal(size=40) > 0).astype("float32")
    return _compiled([layers.Dense(1, "sigmoid")], "sgd", "binary_crossentropy", x, y)


def penalised_mlp_adamw(seed: int) -> Built:
    x, y = _blobs(900, 16, 6, 0.8, 16)
    l2 = keras.regularizers.L2(1e-3)
    stack = [layers.Dense(40, "gelu", kernel_regularizer=l2), layers.BatchNormalization(), layers.Dense(6, "softmax")]
    return _compiled(stack, keras.optimizers.AdamW(1e-3, weight_decay=0.01), "sparse_categorical_crossentropy", x, y)


TUNED: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        mlp_adam,
        mlp_sgd,
        cnn_batchnorm_momentum,
        lstm_rmsprop,
        embedding_adamw,
        raw_regression_sgd_momentum,
        autoencoder_adam,
    )
}
HELD_OUT: dict[str, Callable[[int], Built]] = {
    f.__name__: f for f in (gru_adam, deep_dropout_rmsprop, raw_regression_adam, cnn_sgd, wide_linear_sgd, penalised_mlp_adamw)
}
