"""Small tasks for the learning-rate benchmark: `build(seed) -> (model, x, y)`; `TUNED` were looked at while the rule was
being made, `HELD_OUT` were not (fast mode learned from two of them, late: `gru_adam` and `tagger_bigru_adam`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

Built = tuple[Any, Any, Any]


def compiled(stack: list[Any], optimizer: Any, loss: Any, x: Any, y: Any) -> Built:
    model = keras.Sequential(stack)
    model.compile(optimizer, loss)
    model.build((None, *x.shape[1:]))
    return model, x, y


def blobs(rows: int, columns: int, classes: int, spread: float, seed: int) -> tuple[Any, Any]:
    r = np.random.default_rng(seed)
    centres = r.normal(size=(classes, 3, columns))
    y = r.integers(0, classes, rows)
    x = centres[y, r.integers(0, 3, rows)] + spread * r.normal(size=(rows, columns))
    return x.astype("float32"), y


def shapes(rows: int, size: int, seed: int) -> tuple[Any, Any]:
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


def waves(rows: int, length: int, classes: int, seed: int) -> tuple[Any, Any]:
    r = np.random.default_rng(seed)
    y = r.integers(0, classes, rows)
    t = np.arange(length)
    x = np.sin(t * (0.3 + 0.25 * y[:, None]) + r.uniform(0, 6, (rows, 1))) + 0.3 * r.normal(size=(rows, length))
    return x[..., None].astype("float32"), y


def mlp_adam(seed: int) -> Built:
    x, y = blobs(1000, 20, 5, 0.9, 1)
    return compiled([layers.Dense(32, "relu"), layers.Dense(5, "softmax")], "adam", "sparse_categorical_crossentropy", x, y)


def mlp_sgd(seed: int) -> Built:
    x, y = blobs(800, 12, 4, 0.7, 2)
    stack = [layers.Dense(48, "relu"), layers.Dense(24, "relu"), layers.Dense(4, "softmax")]
    return compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def cnn_batchnorm_momentum(seed: int) -> Built:
    x, y = shapes(700, 12, 3)
    stack = [
        layers.Conv2D(8, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Conv2D(12, 3, strides=2, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, "softmax"),
    ]
    return compiled(stack, keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", x, y)


def lstm_rmsprop(seed: int) -> Built:
    x, y = waves(600, 20, 3, 4)
    return compiled([layers.LSTM(16), layers.Dense(3, "softmax")], "rmsprop", "sparse_categorical_crossentropy", x, y)


def embedding_adamw(seed: int) -> Built:
    r = np.random.default_rng(5)
    x = r.integers(0, 300, (1000, 15))
    y = ((x < 40).sum(1) > (x > 255).sum(1)).astype("float32")
    stack = [layers.Embedding(300, 16), layers.GlobalAveragePooling1D(), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")]
    return compiled(stack, "adamw", "binary_crossentropy", x, y)


def raw_regression_sgd_momentum(seed: int) -> Built:
    r = np.random.default_rng(6)
    x = r.normal(size=(600, 8)).astype("float32")
    y = (120 + 60 * x[:, 0] - 40 * x[:, 1] * x[:, 2] + 10 * r.normal(size=600)).astype("float32")
    stack = [layers.Dense(32, "relu"), layers.Dense(1)]
    return compiled(stack, keras.optimizers.SGD(0.01, momentum=0.9), "mse", x, y)


def autoencoder_adam(seed: int) -> Built:
    r = np.random.default_rng(7)
    x = np.tanh(r.normal(size=(900, 4)) @ r.normal(size=(4, 24))).astype("float32")
    return compiled([layers.Dense(16, "relu"), layers.Dense(4), layers.Dense(16, "relu"), layers.Dense(24)], "adam", "mse", x, x)


# ---------------------------------------------------------------- not looked at while tuning


def gru_adam(seed: int) -> Built:
    r = np.random.default_rng(11)
    x = r.normal(size=(700, 16, 2)).astype("float32")
    y = (np.cumsum(x[..., 0], 1)[:, -1] + 0.5 * x[:, -3:, 1].sum(1)).astype("float32")
    return compiled([layers.GRU(20), layers.Dense(1)], "adam", "mae", x, y)


def deep_dropout_rmsprop(seed: int) -> Built:
    x, y = blobs(1200, 30, 3, 1.1, 12)
    stack = [s for _ in range(3) for s in (layers.Dense(40, "elu"), layers.Dropout(0.2))] + [layers.Dense(3)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(stack, "rmsprop", loss, x, y)


def raw_regression_adam(seed: int) -> Built:
    r = np.random.default_rng(13)
    x = r.uniform(-1, 1, (500, 6)).astype("float32")
    y = (300 + 200 * np.sin(2 * x[:, 0]) + 90 * x[:, 1]).astype("float32")
    return compiled([layers.Dense(24, "tanh"), layers.Dense(24, "relu"), layers.Dense(1)], "adam", "mae", x, y)


def cnn_sgd(seed: int) -> Built:
    x, y = shapes(600, 10, 14)
    stack = [layers.Conv2D(10, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3, "softmax")]
    return compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def wide_linear_sgd(seed: int) -> Built:
    r = np.random.default_rng(15)
    x = (r.normal(size=(500, 40)) * np.geomspace(0.2, 2, 40)).astype("float32")
    y = (x @ r.normal(size=40) > 0).astype("float32")
    return compiled([layers.Dense(1, "sigmoid")], "sgd", "binary_crossentropy", x, y)


def penalised_mlp_adamw(seed: int) -> Built:
    x, y = blobs(900, 16, 6, 0.8, 16)
    l2 = keras.regularizers.L2(1e-3)
    stack = [layers.Dense(40, "gelu", kernel_regularizer=l2), layers.BatchNormalization(), layers.Dense(6, "softmax")]
    return compiled(stack, keras.optimizers.AdamW(1e-3, weight_decay=0.01), "sparse_categorical_crossentropy", x, y)


# ---------------------------------------------------------------- other sizes, architectures and optimizers; looked at while tuning


def functional(inputs: Any, outputs: Any, optimizer: Any, loss: Any, x: Any, y: Any) -> Built:
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, loss)
    return model, x, y


def residual_cnn_nesterov(seed: int) -> Built:
    grey, y = shapes(512, 14, 21)
    r = np.random.default_rng(21)
    x = (grey * r.uniform(0.3, 1, (512, 1, 1, 3)) + 0.2 * r.normal(size=(512, 14, 14, 3))).astype("float32")
    inputs = keras.Input(x.shape[1:])
    hidden = layers.Conv2D(12, 3, padding="same", use_bias=False)(inputs)
    for _ in range(2):
        inner = layers.ReLU()(layers.BatchNormalization()(hidden))
        inner = layers.Conv2D(12, 3, padding="same", use_bias=False)(inner)
        hidden = layers.Add()([hidden, inner])
    hidden = layers.GlobalMaxPooling2D()(layers.ReLU()(layers.BatchNormalization()(hidden)))
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    return functional(inputs, layers.Dense(3, "softmax")(hidden), optimizer, "sparse_categorical_crossentropy", x, y)


def lstm_sgd(seed: int) -> Built:
    x, y = waves(640, 24, 3, 22)
    return compiled([layers.LSTM(24), layers.Dense(3, "softmax")], "sgd", "sparse_categorical_crossentropy", x, y)


def transformer_adamw(seed: int) -> Built:
    r = np.random.default_rng(23)
    x = r.integers(1, 40, (800, 12))
    y = (np.abs(x[:, :6].max(1) - x[:, 6:].max(1)) > 5).astype("int32") + (x[:, 0] > 20)
    tokens = keras.Input((12,), dtype="int32")
    place = layers.Embedding(12, 24)(keras.ops.arange(12))
    hidden = layers.Embedding(40, 24)(tokens) + place
    inner = layers.LayerNormalization()(hidden)
    hidden = layers.Add()([hidden, layers.MultiHeadAttention(4, 6)(inner, inner)])
    inner = layers.Dense(24)(layers.Dense(48, "gelu")(layers.LayerNormalization()(hidden)))
    hidden = layers.GlobalAveragePooling1D()(layers.Add()([hidden, inner]))
    return functional(tokens, layers.Dense(3, "softmax")(hidden), "adamw", "sparse_categorical_crossentropy", x, y)


def conv_autoencoder_adadelta(seed: int) -> Built:
    x, _ = shapes(500, 12, 24)
    stack = [
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
    ]
    return compiled(stack, "adadelta", "mse", x, x)


def wide_mlp_adagrad(seed: int) -> Built:
    x, y = blobs(1500, 40, 10, 1.0, 25)
    stack = [layers.Dense(256, "relu"), layers.Dense(10, "softmax")]
    return compiled(stack, "adagrad", "sparse_categorical_crossentropy", x, y)


def unscaled_inputs_adam(seed: int) -> Built:
    r = np.random.default_rng(26)
    scale = np.array([1, 10, 100, 1000, 0.1, 50, 5, 300])
    x = (scale * (2 + r.normal(size=(700, 8)))).astype("float32")
    y = (x[:, 3] / 1000 + x[:, 2] / 100 + r.normal(size=700) > 4).astype("float32")
    return compiled([layers.Dense(32, "relu"), layers.Dense(1, "sigmoid")], "adam", "binary_crossentropy", x, y)


def multi_label_nadam(seed: int) -> Built:
    r = np.random.default_rng(27)
    x = r.normal(size=(900, 25)).astype("float32")
    y = (np.tanh(x @ r.normal(size=(25, 8)) / 3) + 0.3 * r.normal(size=(900, 8)) > 0.5).astype("float32")
    stack = [layers.Dense(64, "selu"), layers.Dense(32, "selu"), layers.Dense(8, "sigmoid")]
    return compiled(stack, "nadam", "binary_crossentropy", x, y)


def embedding_lion(seed: int) -> Built:
    r = np.random.default_rng(28)
    x = r.integers(0, 500, (1200, 20))
    y = (x < 60).sum(1).clip(0, 4)
    stack = [layers.Embedding(500, 24), layers.GlobalAveragePooling1D(), layers.Dense(5, "softmax")]
    return compiled(stack, keras.optimizers.Lion(1e-3), "sparse_categorical_crossentropy", x, y)


def deep_mlp_adam(seed: int) -> Built:
    x, y = blobs(900, 15, 4, 0.8, 29)
    stack = [layers.Dense(32, "relu", kernel_initializer="he_normal") for _ in range(12)]
    return compiled([*stack, layers.Dense(4, "softmax")], "adam", "sparse_categorical_crossentropy", x, y)


def logistic_ftrl(seed: int) -> Built:
    r = np.random.default_rng(30)
    x = (r.uniform(size=(1000, 60)) < 0.1).astype("float32")
    y = (x @ r.normal(size=60) > 0).astype("float32")
    return compiled([layers.Dense(1, "sigmoid")], "ftrl", "binary_crossentropy", x, y)


def image_mlp_momentum(seed: int) -> Built:
    grey, y = shapes(800, 12, 31)
    x = np.clip(127 + 60 * grey, 0, 255).astype("float32")  # bytes, not scaled
    stack = [layers.Flatten(), layers.Dense(64, "relu"), layers.Dense(3, "softmax")]
    return compiled(stack, keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", x, y)


def count_regression_sgd(seed: int) -> Built:
    r = np.random.default_rng(32)
    x = r.normal(size=(600, 10)).astype("float32")
    y = r.poisson(np.exp(0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.5)).astype("float32")
    return compiled([layers.Dense(20, "tanh"), layers.Dense(1, "exponential")], "sgd", "poisson", x, y)


# ---------------------------------------------------------------- more that were not looked at while tuning


def tiny_data_sgd(seed: int) -> Built:
    x, y = blobs(70, 5, 3, 0.4, 41)
    stack = [layers.Dense(12, "relu"), layers.Dense(3, "softmax")]
    return compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def prelu_adamax(seed: int) -> Built:
    x, y = blobs(1100, 24, 6, 1.0, 42)
    stack = [s for _ in range(2) for s in (layers.Dense(48), layers.PReLU())] + [layers.Dense(6, "softmax")]
    return compiled(stack, "adamax", "sparse_categorical_crossentropy", x, y)


def siamese_adam(seed: int) -> Built:
    x, y = blobs(800, 10, 4, 0.6, 43)
    other = np.random.default_rng(43).permutation(800)
    a, b = keras.Input((10,)), keras.Input((10,))
    tower = keras.Sequential([layers.Dense(32, "relu"), layers.Dense(16)])
    gap = keras.ops.abs(layers.Subtract()([tower(a), tower(b)]))
    same = (y == y[other]).astype("float32")
    return functional([a, b], layers.Dense(1, "sigmoid")(gap), "adam", "binary_crossentropy", [x, x[other]], same)


def house_prices_rmsprop(seed: int) -> Built:
    r = np.random.default_rng(44)
    x = r.normal(size=(700, 9)).astype("float32")
    y = (2e5 + 5e4 * x[:, 0] + 3e4 * np.abs(x[:, 1]) + 1e4 * r.normal(size=700)).astype("float32")
    optimizer = keras.optimizers.RMSprop(1e-3, momentum=0.5)
    return compiled([layers.Dense(64, "relu"), layers.Dense(1)], optimizer, "mae", x, y)


def deep_tanh_clipped_momentum(seed: int) -> Built:
    x, y = blobs(800, 12, 3, 0.7, 45)
    stack = [layers.Dense(24, "tanh") for _ in range(8)] + [layers.Dense(3, "softmax")]
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, clipnorm=1.0)
    return compiled(stack, optimizer, "sparse_categorical_crossentropy", x, y)


def tagger_bigru_adam(seed: int) -> Built:
    r = np.random.default_rng(46)
    x = r.integers(0, 50, (500, 14))
    y = ((x + np.roll(x, 1, 1)) % 3).astype("int32")
    stack = [layers.Embedding(50, 12), layers.Bidirectional(layers.GRU(12, return_sequences=True)), layers.Dense(3, "softmax")]
    return compiled(stack, "adam", "sparse_categorical_crossentropy", x, y)


def conv1d_layernorm_momentum(seed: int) -> Built:
    x, y = waves(700, 40, 4, 47)
    stack = [s for width in (16, 24) for s in (layers.Conv1D(width, 5, strides=2), layers.LayerNormalization(), layers.ReLU())]
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    return compiled([*stack, layers.GlobalAveragePooling1D(), layers.Dense(4, "softmax")], optimizer, loss, x, np.eye(4)[y])


def imbalanced_unscaled_sgd(seed: int) -> Built:
    r = np.random.default_rng(48)
    x = (np.array([1, 20, 5, 0.1, 8, 2]) * r.normal(size=(1000, 6))).astype("float32")
    y = (x[:, 1] / 20 + x[:, 4] / 8 + 0.3 * r.normal(size=1000) > 2).astype("float32")
    return compiled([layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")], "sgd", "binary_crossentropy", x, y)


def forecast_huber_nadam(seed: int) -> Built:
    r = np.random.default_rng(49)
    series = np.cumsum(r.normal(size=(600, 21)), axis=1) / 3
    x, y = series[:, :20, None].astype("float32"), series[:, 20].astype("float32")
    return compiled([layers.Conv1D(16, 4, activation="swish"), layers.LSTM(16), layers.Dense(1)], "nadam", "huber", x, y)


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
        residual_cnn_nesterov,
        lstm_sgd,
        transformer_adamw,
        conv_autoencoder_adadelta,
        wide_mlp_adagrad,
        unscaled_inputs_adam,
        multi_label_nadam,
        embedding_lion,
        deep_mlp_adam,
        logistic_ftrl,
        image_mlp_momentum,
        count_regression_sgd,
    )
}
HELD_OUT: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        gru_adam,
        deep_dropout_rmsprop,
        raw_regression_adam,
        cnn_sgd,
        wide_linear_sgd,
        penalised_mlp_adamw,
        tiny_data_sgd,
        prelu_adamax,
        siamese_adam,
        house_prices_rmsprop,
        deep_tanh_clipped_momentum,
        tagger_bigru_adam,
        conv1d_layernorm_momentum,
        imbalanced_unscaled_sgd,
        forecast_huber_nadam,
    )
}
