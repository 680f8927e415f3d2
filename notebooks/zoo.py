"""The zoo of failures: forty broken trainings in miniature, one cause each.

Each `Failure.code` runs after `PRELUDE`. `python notebooks/build.py zoo` trains them all under `keras_magic.watch()`, checks that the planted cause is among
the first three findings, draws the loss and writes `zoo.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

PRELUDE = '''
import keras
import numpy as np
from sklearn import datasets

layers = keras.layers
rng = np.random.default_rng(0)
digits, wine, tumours, diabetes = (getattr(datasets, f"load_{name}")() for name in ("digits", "wine", "breast_cancer", "diabetes"))


def standardised(table):
    return ((table - table.mean(axis=0)) / table.std(axis=0)).astype("float32")


mixed = rng.permutation(1797)
D, d = (digits.data[mixed] / 16).astype("float32"), digits.target[mixed]  # pixels of handwritten digits, 0 ... 1; the digit
mixed = rng.permutation(178)
W, w = standardised(wine.data)[mixed], wine.target[mixed]  # thirteen properties of wines; the grower, 0 ... 2
mixed = rng.permutation(569)
raw, T, t = tumours.data[mixed], standardised(tumours.data)[mixed], tumours.target[mixed]  # thirty properties; benign or not
P, p = standardised(diabetes.data), standardised(diabetes.target)  # ten measurements; how far the disease has progressed
moons, moon = datasets.make_moons(800, noise=0.1, random_state=0)
moons = standardised(moons)


def net(shape, *rest, loss, optimizer="adam", metrics=()):
    model = keras.Sequential([layers.Input(shape if isinstance(shape, tuple) else (shape,)), *rest])
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    return model


def relu(units):
    return layers.Dense(units, activation="relu")


def softmax(units):
    return layers.Dense(units, activation="softmax")


def sigmoid(units=1):
    return layers.Dense(units, activation="sigmoid")


SPARSE, BINARY, SGD, Adam = "sparse_categorical_crossentropy", "binary_crossentropy", keras.optimizers.SGD, keras.optimizers.Adam
'''


@dataclass(frozen=True)
class Failure:
    """One broken training.

    Args:
        title: what is wrong, in a few words.
        causes: slugs that are a right answer.
        lesson: number of the lesson that treats it.
        code: the lines that train; the last call of `fit` is drawn.
    """

    title: str
    causes: tuple[str, ...]
    lesson: int
    code: str


ZOO = (
    Failure("Columns from 0.001 to 4000", ("input-not-scaled",), 1, """
model = net(30, relu(16), relu(16), sigmoid(), loss=BINARY, optimizer=SGD(0.05))
model.fit(raw, t, epochs=15, validation_split=0.2)"""),
    Failure("Pixels from 0 to 255", ("input-not-scaled",), 1, """
model = net(64, relu(32), softmax(10), loss=SPARSE, optimizer=SGD(0.1))
model.fit(D * 255, d, epochs=10, validation_split=0.2)"""),
    Failure("Pressures in pascal for a GRU", ("input-not-scaled",), 1, """
pressure = (101_325 + np.cumsum(rng.normal(0, 50, (600, 20, 1)), axis=1)).astype("float32")
rising = (pressure[:, -1, 0] > pressure[:, 0, 0]).astype("int32")
model = net((20, 1), layers.GRU(16), sigmoid(), loss=BINARY, optimizer=Adam(0.01))
model.fit(pressure, rising, epochs=8, validation_split=0.2)"""),
    Failure("Targets of 150,000", ("target-not-scaled",), 1, """
price = 150_000 + 80_000 * p
model = net(10, relu(16), layers.Dense(1), loss="mse", optimizer=Adam(0.001))
model.fit(P, price, epochs=20, validation_split=0.2)"""),
    Failure("Validation data divided by something else", ("distribution-shift",), 9, """
model = net(64, relu(32), softmax(10), loss=SPARSE)
model.fit(D[:1400], d[:1400], epochs=10, validation_data=(D[1400:] * 16, d[1400:]))"""),
    Failure("District codes as a number", ("categorical-as-ordinal",), 2, """
code = rng.integers(0, 20, 1500)
level = rng.permutation(np.linspace(-1.5, 1.5, 20))[code]
x = np.column_stack([rng.normal(size=1500), code]).astype("float32")
model = net(2, relu(8), layers.Dense(1), loss="mse", optimizer=Adam(0.01))
model.fit(x, level + 0.1 * rng.normal(size=1500), epochs=15, validation_split=0.2)"""),
    Failure("Ids beyond the Embedding", ("embedding-range",), 2, """
words = rng.integers(1, 501, (800, 12))
model = net((12,), layers.Embedding(500, 8), layers.GlobalAveragePooling1D(), sigmoid(), loss=BINARY)
model.fit(words, (words[:, 0] > 250).astype("int32"), epochs=5)"""),
    Failure("NaN in one column", ("nonfinite-input",), 3, """
x = W.copy()
x[::10, 3] = np.nan
model = net(13, relu(16), softmax(3), loss=SPARSE)
model.fit(x, w, epochs=5)"""),
    Failure("9999 for a missing value", ("outliers", "input-not-scaled"), 3, """
x = P.copy()
x[rng.random(len(x)) < 0.05, 2] = 9999
model = net(10, relu(16), layers.Dense(1), loss="mse", optimizer=SGD(0.01))
model.fit(x, p, epochs=20, validation_split=0.2)"""),
    Failure("A few absurd targets", ("outliers", "target-not-scaled"), 3, """
y = p.copy()
y[::60] = 1e5
model = net(10, relu(16), layers.Dense(1), loss="mse", optimizer=Adam(0.01))
model.fit(P, y, epochs=20, validation_split=0.2)"""),
    Failure("Logits where probabilities are expected", ("from-logits",), 4, """
model = net(64, relu(32), layers.Dense(10), loss=SPARSE)
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Softmax, and from_logits=True", ("from-logits",), 4, """
model = net(64, relu(32), softmax(10), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer=SGD(0.01))
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Softmax on a single unit", ("output-activation",), 4, """
model = net(30, relu(16), softmax(1), loss=BINARY, metrics=["accuracy"])
model.fit(T, t, epochs=10, validation_split=0.2)"""),
    Failure("Labels from 1 to 10 for ten units", ("label-encoding", "output-units"), 4, """
model = net(64, relu(32), softmax(10), loss=SPARSE)
model.fit(D, d + 1, epochs=10, validation_split=0.2)"""),
    Failure("Negative targets for a ReLU head", ("output-activation",), 4, """
model = net(10, relu(16), relu(1), loss="mse", optimizer=Adam(0.01))
model.fit(P, p - 2, epochs=20, validation_split=0.2)"""),
    Failure("Quantities for a sigmoid", ("output-activation", "target-not-scaled"), 4, """
model = net(10, relu(16), sigmoid(), loss="mse", optimizer=Adam(0.01))
model.fit(P, 10 + 3 * p, epochs=20, validation_split=0.2)"""),
    Failure("A squared error on class numbers", ("loss-mismatch",), 4, """
model = net(64, relu(32), layers.Dense(1), loss="mse", metrics=["accuracy"])
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Several labels at once under softmax", ("output-activation",), 4, """
tags = np.column_stack([W[:, 0] > 0, W[:, 5] > 0, W[:, 9] > 0]).astype("float32")
model = net(13, relu(16), softmax(3), loss="categorical_crossentropy", optimizer=Adam(0.01))
model.fit(W, tags, epochs=20, validation_split=0.2)"""),
    Failure("Two activations on the output", ("output-activation",), 4, """
model = net(64, relu(32), softmax(10), layers.Activation("sigmoid"), loss=SPARSE, optimizer=SGD(0.05))
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("No activation in any hidden layer", ("hidden-activation",), 5, """
model = net(2, layers.Dense(16), layers.Dense(16), sigmoid(), loss=BINARY, optimizer=Adam(0.01), metrics=["accuracy"])
model.fit(moons, moon, epochs=20, validation_split=0.2)"""),
    Failure("Ten sigmoid layers", ("vanishing-gradient", "hidden-activation"), 5, """
model = net(64, *[sigmoid(32) for _ in range(10)], softmax(10), loss=SPARSE)
model.fit(D, d, epochs=8, validation_split=0.2)"""),
    Failure("Softmax between the layers", ("hidden-activation",), 5, """
model = net(64, softmax(32), softmax(32), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("All weights start at zero", ("weight-init",), 5, """
zeros = {"activation": "relu", "kernel_initializer": "zeros"}
model = net(64, layers.Dense(32, **zeros), layers.Dense(32, **zeros), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=8, validation_split=0.2)"""),
    Failure("Weights that start far too large", ("weight-init", "exploding-gradient"), 5, """
wide = keras.initializers.RandomNormal(stddev=3.0)
model = net(64, *[layers.Dense(64, activation="relu", kernel_initializer=wide) for _ in range(4)], softmax(10), loss=SPARSE)
model.fit(D, d, epochs=8, validation_split=0.2)"""),
    Failure("ReLU units that never fire", ("dead-relu", "weight-init"), 5, """
dead = keras.initializers.Constant(-20.0)
model = net(64, layers.Dense(32, activation="relu", bias_initializer=dead), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=8, validation_split=0.2)"""),
    Failure("A learning rate of 5", ("learning-rate-too-high",), 6, """
model = net(30, relu(32), relu(32), sigmoid(), loss=BINARY, optimizer=SGD(5.0, momentum=0.9), metrics=["accuracy"])
model.fit(T, t, epochs=15, validation_split=0.2)"""),
    Failure("A learning rate of a millionth", ("learning-rate-too-low",), 6, """
model = net(64, relu(32), softmax(10), loss=SPARSE, optimizer=Adam(1e-6))
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Adadelta at Keras' default", ("optimizer", "learning-rate-too-low"), 6, """
model = net(64, relu(32), softmax(10), loss=SPARSE, optimizer="adadelta")
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Gradients clipped to nothing", ("optimizer", "learning-rate-too-low"), 6, """
model = net(64, relu(32), softmax(10), loss=SPARSE, optimizer=SGD(0.1, clipnorm=1e-4))
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("All rows in one batch", ("batch-size", "epochs-too-few", "learning-rate-too-low"), 7, """
model = net(64, relu(32), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=5, batch_size=1800)"""),
    Failure("Far too many epochs", ("epochs-too-many", "capacity-too-large"), 7, """
x = rng.normal(size=(800, 20)).astype("float32")
y = (x[:, :5].sum(axis=1) + rng.normal(size=800) > 0).astype("int32")
model = net(20, relu(128), relu(128), sigmoid(), loss=BINARY, optimizer=Adam(0.003))
model.fit(x[:500], y[:500], epochs=60, validation_data=(x[500:], y[500:]))"""),
    Failure("Thirty rows, 100,000 weights", ("capacity-too-large", "epochs-too-many", "too-little-data"), 8, """
model = net(64, relu(256), relu(256), softmax(10), loss=SPARSE)
model.fit(D[:30], d[:30], epochs=40, validation_data=(D[1000:], d[1000:]))"""),
    Failure("One hidden unit for two moons", ("capacity-too-small",), 8, """
model = net(2, relu(1), sigmoid(), loss=BINARY, optimizer=Adam(0.03), metrics=["accuracy"])
model.fit(moons, moon, epochs=30, validation_split=0.2)"""),
    Failure("Dropout of 0.97", ("dropout",), 8, """
model = net(64, relu(32), layers.Dropout(0.97), relu(32), layers.Dropout(0.97), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("A weight penalty that outweighs the data", ("regularization",), 8, """
heavy = keras.regularizers.L2(1.0)
model = net(64, layers.Dense(32, activation="relu", kernel_regularizer=heavy), softmax(10), loss=SPARSE)
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Frozen layers with fresh weights", ("frozen-weights",), 8, """
frozen = layers.Dense(2, activation="relu", trainable=False)
model = net(64, frozen, softmax(10), loss=SPARSE, optimizer=Adam(0.01))
model.fit(D, d, epochs=10, validation_split=0.2)"""),
    Failure("Rows sorted by label", ("unshuffled-data",), 9, """
order = np.argsort(w)
model = net(13, relu(16), softmax(3), loss=SPARSE, optimizer=Adam(0.01), metrics=["accuracy"])
model.fit(W[order], w[order], epochs=15, validation_split=0.3)"""),
    Failure("Labels of other rows", ("misaligned-labels",), 9, """
model = net(64, relu(32), softmax(10), loss=SPARSE)
model.fit(D, rng.permutation(d), epochs=10, validation_split=0.2)"""),
    Failure("Only one class", ("single-class",), 9, """
model = net(30, relu(16), sigmoid(), loss=BINARY, metrics=["accuracy"])
model.fit(T[t == 1], t[t == 1], epochs=5)"""),
    Failure("One per cent of the class that matters", ("class-imbalance",), 9, """
x = rng.normal(size=(3000, 4)).astype("float32")
rare = (x[:, 0] + x[:, 1] > 3.1).astype("int32")
model = net(4, relu(8), sigmoid(), loss=BINARY, metrics=["accuracy"])
model.fit(x, rare, epochs=6, validation_split=0.3)"""),
)
