"""Further small tasks for the learning-rate benchmark, written when the rules were finished and run before anything changed:
`FIRST` by the rules' author, the others by someone who knew neither the rules nor the other tasks. Fast mode then learned from
them: the gentle rate (from `SECOND` and one task that was held out), momentum that builds up and reading by pairs (`THIRD`)."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from tests.benchmarks.lr_tasks import Built, blobs, compiled, functional, shapes, waves


def rnn_momentum(seed: int) -> Built:
    x, y = waves(600, 18, 3, 101)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    return compiled([layers.SimpleRNN(20), layers.Dense(3, "softmax")], optimizer, "sparse_categorical_crossentropy", x, y)


def bilstm_tagger_adamw(seed: int) -> Built:
    r = np.random.default_rng(102)
    x = r.integers(0, 30, (500, 12))
    y = (np.roll(x, 1, 1) > x).astype("int32")
    stack = [layers.Embedding(30, 10), layers.Bidirectional(layers.LSTM(10, return_sequences=True)), layers.Dense(2, "softmax")]
    return compiled(stack, "adamw", "sparse_categorical_crossentropy", x, y)


def attention_regression_adam(seed: int) -> Built:
    r = np.random.default_rng(103)
    x = r.normal(size=(700, 8, 6)).astype("float32")
    y = (x[:, :, 0].max(1) + x[:, 0, 1]).astype("float32")
    inputs = keras.Input((8, 6))
    hidden = layers.Dense(16)(inputs)
    hidden = layers.Add()([hidden, layers.MultiHeadAttention(2, 8)(hidden, hidden)])
    hidden = layers.Dense(16, "relu")(layers.LayerNormalization()(hidden))
    return functional(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(hidden)), "adam", "mse", x, y)


def mlp_batchnorm_nesterov(seed: int) -> Built:
    x, y = blobs(900, 18, 5, 0.9, 104)
    block = lambda: (layers.Dense(40, use_bias=False), layers.BatchNormalization(), layers.ReLU())  # noqa: E731
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    return compiled([*block(), *block(), layers.Dense(5, "softmax")], optimizer, "sparse_categorical_crossentropy", x, y)


def conv_dropout_adamax(seed: int) -> Built:
    x, y = shapes(600, 12, 105)
    stack = [layers.Conv2D(12, 3, activation="relu"), layers.MaxPooling2D(), layers.Dropout(0.3)]
    stack += [layers.Conv2D(16, 3, activation="relu"), layers.GlobalMaxPooling2D(), layers.Dense(3, "softmax")]
    return compiled(stack, "adamax", "sparse_categorical_crossentropy", x, y)


def sentiment_lstm_rmsprop(seed: int) -> Built:
    r = np.random.default_rng(106)
    x = r.integers(0, 200, (900, 16))
    y = ((x < 30).sum(1) >= 3).astype("float32")
    stack = [layers.Embedding(200, 12), layers.LSTM(12), layers.Dense(1, "sigmoid")]
    return compiled(stack, "rmsprop", "binary_crossentropy", x, y)


def deep_elu_sgd(seed: int) -> Built:
    x, y = blobs(800, 14, 4, 0.7, 107)
    stack = [*(layers.Dense(24, "elu") for _ in range(5)), layers.Dense(4, "softmax")]
    return compiled(stack, "sgd", "sparse_categorical_crossentropy", x, y)


def logistic_adam(seed: int) -> Built:
    r = np.random.default_rng(108)
    x = r.normal(size=(700, 30)).astype("float32")
    y = (x @ r.normal(size=30) > 0).astype("float32")
    return compiled([layers.Dense(1, "sigmoid")], "adam", "binary_crossentropy", x, y)


def separable_cnn_adam(seed: int) -> Built:
    x, y = shapes(600, 14, 109)
    stack = [layers.SeparableConv2D(16, 3, activation="relu"), layers.BatchNormalization()]
    stack += [layers.SeparableConv2D(24, 3, strides=2, activation="relu"), layers.GlobalAveragePooling2D()]
    return compiled([*stack, layers.Dense(3, "softmax")], "adam", "sparse_categorical_crossentropy", x, y)


def raw_regression_rmsprop(seed: int) -> Built:
    r = np.random.default_rng(110)
    x = r.normal(size=(600, 7)).astype("float32")
    y = (40 + 25 * x[:, 0] * x[:, 1] + 10 * x[:, 2] + 3 * r.normal(size=600)).astype("float32")
    return compiled([layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(1)], "rmsprop", "mse", x, y)


def gru_forecast_sgd(seed: int) -> Built:
    r = np.random.default_rng(111)
    series = np.sin(np.arange(16) * 0.4 + r.uniform(0, 6, (600, 1))) + 0.1 * r.normal(size=(600, 16))
    x, y = series[:, :15, None].astype("float32"), series[:, 15].astype("float32")
    return compiled([layers.GRU(16), layers.Dense(1)], "sgd", "mse", x, y)


def mlp_adafactor(seed: int) -> Built:
    x, y = blobs(900, 20, 6, 0.9, 112)
    optimizer = keras.optimizers.Adafactor(1e-3, relative_step=False)
    return compiled([layers.Dense(64, "gelu"), layers.Dense(6, "softmax")], optimizer, "sparse_categorical_crossentropy", x, y)


# ---------------------------------------------------------------- by someone else


def rings_mlp_adamw(seed: int) -> Built:
    """Which of three noisy rings a point of the plane lies on."""
    r = np.random.default_rng(101)
    y = r.integers(0, 3, 900)
    angle, radius = r.uniform(0, 2 * np.pi, 900), 0.5 + y + 0.25 * r.normal(size=900)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.AdamW(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y


def segments_mlp_sgd(seed: int) -> Built:
    """Digits on a seven-segment display with noise, and seven columns that mean nothing."""
    codes = "1110111 0010010 1011101 1011011 0111010 1101011 1101111 1010010 1111111 1111011"
    segments = np.array([[int(lit) for lit in code] for code in codes.split()])
    r = np.random.default_rng(102)
    y = r.integers(0, 10, 1000)
    x = np.concatenate([segments[y], r.integers(0, 2, (1000, 7))], axis=1) + 0.2 * r.normal(size=(1000, 14))
    model = keras.Sequential(
        [
            keras.Input((14,)),
            layers.Dense(48, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x.astype("float32"), y


def stripes_cnn_momentum(seed: int) -> Built:
    """Orientation (four) of noisy stripes in a grey image, random width and phase."""
    r = np.random.default_rng(103)
    y = r.integers(0, 4, 640)
    row, column = np.mgrid[0:12, 0:12]
    direction = y * np.pi / 4
    along = row * np.sin(direction)[:, None, None] + column * np.cos(direction)[:, None, None]
    waves = np.sin(along * r.uniform(0.9, 1.8, (640, 1, 1)) + r.uniform(0, 2 * np.pi, (640, 1, 1)))
    x = (0.5 + 0.3 * waves + 0.35 * r.normal(size=waves.shape))[..., None].astype("float32")
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y


def spots_cnn_rmsprop(seed: int) -> Built:
    """In which quarter of a 12 x 12 colour image the red spot lies; a green and a blue one distract."""
    r = np.random.default_rng(104)
    x = np.clip(0.2 + 0.25 * r.normal(size=(720, 12, 12, 3)), 0, 1)
    y = np.zeros(720, int)
    for i in range(720):
        for channel in range(3):
            quarter = r.integers(0, 4)
            a, b = quarter // 2 * 6 + r.integers(0, 4), quarter % 2 * 6 + r.integers(0, 4)
            x[i, a : a + 3, b : b + 3, channel] += 0.35
            if channel == 0:
                y[i] = quarter
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x.astype("float32"), y


def forecast_lstm_adam(seed: int) -> Built:
    """The next value of a noisy sum of two sines, from the last 16 values."""
    r = np.random.default_rng(105)
    t = np.arange(1016)
    series = np.sin(0.35 * t) + 0.6 * np.sin(0.11 * t + 1) + 0.1 * r.normal(size=1016)
    x = np.lib.stride_tricks.sliding_window_view(series, 16)[:1000, :, None].astype("float32")
    y = series[16:, None].astype("float32")
    model = keras.Sequential([keras.Input((16, 1)), layers.LSTM(32), layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return model, x, y


def adding_gru_rmsprop(seed: int) -> Built:
    """The sum of the values that carry a mark, in a sequence of ten (value, mark) pairs."""
    r = np.random.default_rng(106)
    values, marks = r.uniform(-1, 1, (1200, 10)), r.integers(0, 2, (1200, 10))
    x = np.stack([values, marks], axis=-1).astype("float32")
    y = (values * marks).sum(axis=1, keepdims=True).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((10, 2)),
            layers.GRU(24),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.RMSprop(), loss="mse", metrics=["mae"])
    return model, x, y


def reviews_embedding_adam(seed: int) -> Built:
    """Good or bad review: 24 word numbers out of 400; 40 good words, 40 bad words, the rest neutral; 0 pads."""
    r = np.random.default_rng(107)
    y = r.integers(0, 2, 1000)
    x = r.integers(81, 400, (1000, 24))
    tinted = r.random((1000, 24)) < 0.3
    liked = np.where(r.random((1000, 24)) < 0.85, y[:, None], 1 - y[:, None])
    x = np.where(tinted, 1 + 40 * liked + r.integers(0, 40, (1000, 24)), x)
    x[np.arange(24) >= r.integers(12, 25, 1000)[:, None]] = 0
    model = keras.Sequential(
        [
            keras.Input((24,), dtype="int32"),
            layers.Embedding(400, 16),
            layers.GlobalAveragePooling1D(),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy", metrics=["accuracy"])
    return model, x.astype("int32"), y.astype("float32")[:, None]


def bumps_autoencoder_adamw(seed: int) -> Built:
    """Rebuild a curve of 32 points (one or two bumps of random place, between 0 and 1) through a code of eight."""
    r = np.random.default_rng(108)
    t = np.linspace(0, 1, 32)
    place, height = r.uniform(0.1, 0.9, (800, 2, 1)), r.uniform(0.3, 0.5, (800, 2, 1))
    x = (height * np.exp(-(((t - place) / 0.15) ** 2))).sum(axis=1) + 0.02 * r.normal(size=(800, 32))
    x = np.clip(x, 0, 1).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((32,)),
            layers.Dense(24, activation="relu"),
            layers.Dense(8, activation="relu"),
            layers.Dense(24, activation="relu"),
            layers.Dense(32, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.AdamW(weight_decay=1e-4), loss="mse")
    return model, x, x


def rent_regression_adam(seed: int) -> Built:
    """Monthly rent in hundreds, unscaled, from six standardized columns."""
    r = np.random.default_rng(109)
    x = r.normal(size=(700, 6))
    y = 650 + 150 * x[:, 0] - 80 * x[:, 1] + 60 * x[:, 2] * x[:, 3] + 70 * np.abs(x[:, 4]) + 30 * r.normal(size=700)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return model, x.astype("float32"), y.astype("float32")[:, None]


def letters_attention_adamw(seed: int) -> Built:
    """Which of the letters 1, 2, 3 is the most frequent among 16 tokens: a one-block transformer."""
    r = np.random.default_rng(110)
    y = r.integers(0, 3, 960)
    x = r.integers(1, 12, (960, 16))
    x = np.where(r.random((960, 16)) < 0.12, y[:, None] + 1, x)
    for i in range(960):  # the label is true to the count, ties go to the drawn letter
        counts = [(x[i] == letter).sum() for letter in (1, 2, 3)]
        if max(counts) > counts[y[i]]:
            y[i] = int(np.argmax(counts))
    tokens = keras.Input((16,), dtype="int32")
    h = layers.Embedding(12, 16)(tokens)
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(num_heads=2, key_dim=8)(h, h))
    f = layers.Dense(16)(layers.Dense(32, activation="relu")(h))
    h = layers.LayerNormalization()(h + f)
    out = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(tokens, out)
    model.compile(optimizer=keras.optimizers.AdamW(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x.astype("int32"), y


def deep_selu_momentum(seed: int) -> Built:
    """A smooth function of five columns through seven selu layers."""
    r = np.random.default_rng(111)
    x = r.uniform(-1, 1, (1100, 5))
    y = np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * x[:, 3] ** 2 - 0.7 * x[:, 4] + 0.1 * r.normal(size=1100)
    hidden = [layers.Dense(24, activation="selu", kernel_initializer="lecun_normal") for _ in range(7)]
    model = keras.Sequential([keras.Input((5,)), *hidden, layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(momentum=0.9, nesterov=True), loss="mse")
    return model, x.astype("float32"), y.astype("float32")[:, None]


def logistic_sgd(seed: int) -> Built:
    """Logistic regression, ten columns, logits from the layer and the loss from_logits."""
    r = np.random.default_rng(112)
    x = r.normal(size=(450, 10))
    weights = np.array([2.0, -1.5, 1.0, 1.0, -0.5, 0.5, 0, 0, 0, 0]) * 1.5
    y = x @ weights + 0.5 + r.logistic(size=450) > 0
    model = keras.Sequential([keras.Input((10,)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model, x.astype("float32"), y.astype("float32")[:, None]


FIRST: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        rnn_momentum,
        bilstm_tagger_adamw,
        attention_regression_adam,
        mlp_batchnorm_nesterov,
        conv_dropout_adamax,
        sentiment_lstm_rmsprop,
        deep_elu_sgd,
        logistic_adam,
        separable_cnn_adam,
        raw_regression_rmsprop,
        gru_forecast_sgd,
        mlp_adafactor,
    )
}
SECOND: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        rings_mlp_adamw,
        segments_mlp_sgd,
        stripes_cnn_momentum,
        spots_cnn_rmsprop,
        forecast_lstm_adam,
        adding_gru_rmsprop,
        reviews_embedding_adam,
        bumps_autoencoder_adamw,
        rent_regression_adam,
        letters_attention_adamw,
        deep_selu_momentum,
        logistic_sgd,
    )
}
