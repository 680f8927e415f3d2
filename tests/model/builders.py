"""Models of every kind, small."""

from __future__ import annotations

import keras
from keras import layers


def sequential():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, kernel_regularizer="l2", name="logits"),
            layers.Activation("softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
    return model


def unbuilt():
    model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def functional():
    given = keras.Input((6,), name="given")
    hidden = layers.Dense(5, activation="gelu", name="hidden")(given)
    return keras.Model(given, layers.Dense(2, name="out")(layers.Dropout(0.3)(hidden)))


def nested():
    base = keras.Sequential([keras.Input((6,)), layers.Dense(7, name="inner"), layers.LeakyReLU()], name="base")
    head = keras.Sequential([keras.Input((7,)), layers.Dense(3, name="last"), layers.Softmax()], name="head")
    given = keras.Input((6,), name="given")
    return keras.Model(given, head(base(given)))


def shared():
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    tower = layers.Dense(5, activation="tanh", name="tower")
    return keras.Model([left, right], layers.Dense(1, name="out")(layers.Subtract()([tower(left), tower(right)])))


def two_outputs():
    given = keras.Input((4,), name="given")
    hidden = layers.Dense(5, activation="relu")(given)
    kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
    level = layers.Dense(1, name="level")(hidden)
    model = keras.Model(given, {"kind": kind, "level": level})
    model.compile(
        "adam",
        loss={"kind": "sparse_categorical_crossentropy", "level": keras.losses.Huber()},
        metrics={"kind": ["accuracy"], "level": ["mae"]},
    )
    return model


def listed_outputs():
    given = keras.Input((4,), name="given")
    first, second = layers.Dense(1, name="first")(given), layers.Dense(2, activation="sigmoid", name="second")(given)
    model = keras.Model(given, [first, second])
    model.compile("adam", loss=["mse", keras.losses.BinaryCrossentropy(label_smoothing=0.1)])
    return model


def with_operations():
    given = keras.Input((4,), name="given")
    hidden = keras.ops.relu(layers.Dense(5, name="hidden")(keras.ops.log1p(given)))
    return keras.Model(given, keras.ops.softmax(layers.Dense(3, name="out")(hidden)))


def text():
    ids = keras.Input((12,), dtype="int32", name="ids")
    hidden = layers.Bidirectional(layers.LSTM(4), name="both")(layers.Embedding(50, 6, mask_zero=True, name="words")(ids))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(hidden))


def residual():
    given = keras.Input((4,), name="given")
    hidden = layers.Dense(4, name="d0")(given)
    for i in range(1, 40):
        hidden = layers.ReLU()(layers.Add()([hidden, layers.Dense(4, name=f"d{i}")(hidden)]))
    return keras.Model(given, layers.Dense(1, name="out")(hidden))


def bounded():
    given = keras.Input((4,), name="given")
    return keras.Model(given, layers.Rescaling(20.0, offset=-10.0)(layers.Dense(1, activation="sigmoid", name="out")(given)))


def steps():
    given = keras.Input((9, 4), name="given")
    hidden = layers.GRU(5, return_sequences=True, dropout=0.2)(given)
    return keras.Model(given, layers.TimeDistributed(layers.Dense(3, activation="softmax"), name="out")(hidden))


def guessed():
    """A Lambda after the head: nobody knows what comes out."""
    given = keras.Input((4,), name="given")
    return keras.Model(given, layers.Lambda(lambda t: t * t, output_shape=(1,))(layers.Dense(1, name="out")(given)))


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(5)
        self.out = layers.Dense(1, activation="sigmoid", name="out")
        self.block = keras.Sequential([layers.Dense(3, activation="tanh"), layers.Dense(2)])

    def call(self, inputs):
        hidden = self.block(keras.ops.relu(self.first(inputs)))
        answer = self.out(hidden)
        return answer


class OwnStep(Own):
    def train_step(self, data):
        return super().train_step(data)


class Unreadable(Own):
    def call(self, inputs):
        return self.out(self.block(self.first(inputs))) * 2.0


class Gate(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(4, activation="sigmoid", name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, inputs):
        return inputs * self.inner(inputs)


def own_layer():
    given = keras.Input((4,), name="given")
    return keras.Model(given, layers.Dense(2, name="out")(Gate(name="gate")(given)))


def own():
    model = Own()
    model.compile("rmsprop", "binary_crossentropy")
    return model


def own_step():
    model = OwnStep()
    model.compile("rmsprop", "binary_crossentropy")
    return model


def unreadable():
    return Unreadable()


KINDS = {
    f.__name__: f
    for f in (
        sequential,
        unbuilt,
        functional,
        nested,
        shared,
        two_outputs,
        listed_outputs,
        with_operations,
        text,
        residual,
        bounded,
        steps,
        guessed,
        own_layer,
        own,
        own_step,
        unreadable,
    )
}
