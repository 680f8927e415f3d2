"""Healthy networks as people write them: own blocks, bottlenecks, U-Nets, Transformers, VAEs, keras.applications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops


class TransformerBlock(layers.Layer):
    """Attention and a feed-forward part, each with dropout and a residual connection."""

    def __init__(self, width: int, heads: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(heads, width)
        self.feed = keras.Sequential([layers.Dense(4 * width, activation="relu"), layers.Dense(width)])
        self.before, self.after = layers.LayerNormalization(), layers.LayerNormalization()
        self.drop = layers.Dropout(0.1)

    def call(self, x: Any, training: bool | None = None) -> Any:
        x = self.before(x + self.drop(self.attention(x, x), training=training))
        return self.after(x + self.feed(x))


class LayerScale(layers.Layer):
    """Multiplies by a learned number per channel, tiny at first."""

    def build(self, shape: Any) -> None:
        self.gamma = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(1e-6), name="gamma")

    def call(self, x: Any) -> Any:
        return x * self.gamma


class Sampling(layers.Layer):
    """Draws the code of a VAE."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(0)

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        self.add_loss(-0.001 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance)))
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=self.seed)


def application(build: Callable[..., Any], size: int = 32) -> Any:
    """A network of `keras.applications`, nested, from fresh weights."""
    entry = keras.Input((size, size, 3))
    base = build(include_top=False, weights=None, input_shape=(size, size, 3))
    pooled = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(base(entry)))
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(pooled)))


def inverted_residual() -> Any:
    """Expand, depthwise, squeeze-and-excite, linear projection, add; no normalisation."""
    entry = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(entry)
    for _ in range(2):
        h = layers.Conv2D(64, 1, activation="relu6")(x)
        h = layers.DepthwiseConv2D(3, padding="same", activation="relu6")(h)
        gate = layers.GlobalAveragePooling2D(keepdims=True)(h)
        gate = layers.Conv2D(2, 1, activation="relu")(gate)
        h = layers.Multiply()([h, layers.Conv2D(64, 1, activation="sigmoid")(gate)])
        x = layers.Add()([x, layers.Conv2D(16, 1)(h)])
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x))))


def preactivation() -> Any:
    """A pre-activation ResNet: BatchNormalization and ReLU before each convolution."""
    entry = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, padding="same")(entry)
    for _ in range(2):
        h = x
        for _ in range(2):
            h = layers.Conv2D(16, 3, padding="same")(layers.ReLU()(layers.BatchNormalization()(h)))
        x = x + h
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x))))


def scaled_blocks() -> Any:
    """ConvNeXt blocks: wide depthwise kernels, LayerNormalization, GELU, a linear projection and LayerScale."""
    entry = keras.Input((16, 16, 3))
    x = layers.LayerNormalization()(layers.Conv2D(16, 2, strides=2)(entry))
    for _ in range(2):
        h = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
        h = layers.Dense(16)(layers.Dense(64, activation="gelu")(h))
        x = layers.Add()([x, LayerScale()(h)])
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x))))


def unet() -> Any:
    """Two levels down and up, joined by Concatenate; transposed convolutions without activation."""
    entry = keras.Input((16, 16, 1))
    kept, x = [], entry
    for width in (8, 16):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.3)(layers.Conv2D(32, 3, padding="same", activation="relu")(x))
    for width, skip in zip((16, 8), reversed(kept), strict=True):
        x = layers.Concatenate()([layers.Conv2DTranspose(width, 2, strides=2)(x), skip])
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    model = keras.Model(entry, layers.Conv2D(1, 1, activation="sigmoid")(x))
    model.compile("adam", "binary_crossentropy")
    return model


def transformer() -> Any:
    """Embedding, own blocks, pooling; the block stands last but one."""
    entry = keras.Input((30,), dtype="int32")
    x = layers.Embedding(500, 32)(entry)
    for _ in range(2):
        x = TransformerBlock(32)(x)
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x))))


def functional_transformer() -> Any:
    """The same without own layers: patches, residual additions, attention."""
    entry = keras.Input((24, 3))
    x = layers.Dense(32)(entry)
    for _ in range(2):
        h = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.Dropout(0.1)(layers.MultiHeadAttention(2, 16)(h, h))])
        h = layers.Dense(64, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(32)(h)])
    x = layers.LayerNormalization()(x)
    return _classifier(keras.Model(entry, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x))))


def own_head() -> Any:
    """Dropout before a block of the user's that holds the last weights."""
    entry = keras.Input((30,), dtype="int32")
    x = layers.Dropout(0.3)(layers.Embedding(500, 32)(entry))
    x = layers.BatchNormalization()(layers.Dense(32, activation="relu")(x))
    return _classifier(keras.Model(entry, Head()(layers.Dropout(0.2)(x))))


class Head(layers.Layer):
    """Pooling and the classes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool, self.drop, self.classes = layers.GlobalMaxPooling1D(), layers.Dropout(0.2), layers.Dense(4, activation="softmax")

    def call(self, x: Any, training: bool | None = None) -> Any:
        return self.classes(self.drop(self.pool(x), training=training))


def vae() -> Any:
    """Linear mean and log-variance, a sampled code, a decoder that starts from it."""
    entry = keras.Input((64,))
    h = layers.Dense(32, activation="relu")(entry)
    code = Sampling()([layers.Dense(2, name="mean")(h), layers.Dense(2, name="log_variance")(h)])
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(32, activation="relu"), layers.Dense(64, activation="sigmoid")])
    model = keras.Model(entry, decoder(code))
    model.compile("adam", "binary_crossentropy")
    return model


def linear_code() -> Any:
    """An autoencoder whose code has no activation, as is usual."""
    hidden = [layers.Dense(32, activation="relu"), layers.Dense(8, name="code"), layers.Dense(32, activation="relu")]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(64, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def nested() -> Any:
    """An encoder and a head as models of their own, Dropout last in the encoder."""
    encoder = keras.Sequential([keras.Input((16,)), layers.Dense(32, activation="relu"), layers.Dropout(0.2)], name="encoder")
    head = keras.Sequential([keras.Input((32,)), layers.Dense(4, activation="softmax")], name="head")
    return _classifier(keras.Sequential([keras.Input((16,)), encoder, head]))


def _classifier(model: Any) -> Any:
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


HEALTHY: dict[str, Callable[[], Any]] = {
    "MobileNetV2": lambda: application(keras.applications.MobileNetV2),
    "ResNet50": lambda: application(keras.applications.ResNet50),
    "EfficientNetB0": lambda: application(keras.applications.EfficientNetB0),
    **{
        build.__name__: build
        for build in (
            inverted_residual, preactivation, scaled_blocks, unet, transformer, functional_transformer, own_head,
            vae, linear_code, nested
        )
    },
}  # fmt: skip
