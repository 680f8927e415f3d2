import keras
import numpy as np
from keras import layers

SOURCE = "style of the Keras functional-API guide (several inputs and outputs)"
TITLE = "Waves and a table in, a class and a number out, loss weights"
TASK = "multi-output"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1400
    kind = rng.integers(0, 3, n)
    f = np.array([0.3, 0.6, 1.1])[kind][:, None]
    wave = np.sin(f * np.arange(32) + rng.uniform(0, 6.28, (n, 1))) + rng.normal(0, 0.2, (n, 32))
    table = rng.normal(0, 1, (n, 4)).astype("float32")
    amount = table[:, 0] - 0.5 * table[:, 1] + 0.5 * kind + rng.normal(0, 0.1, n)
    a, b = keras.Input((32, 1), name="wave"), keras.Input((4,), name="table")
    h = layers.Conv1D(16, 5, activation="relu")(a)
    h = layers.MaxPooling1D(2)(h)
    h = layers.Conv1D(16, 3, activation="relu")(h)
    h = layers.GlobalMaxPooling1D()(h)
    h = layers.Dense(32, activation="relu")(layers.Concatenate()([h, b]))
    out = {"kind": layers.Dense(3, activation="softmax", name="kind")(h), "amount": layers.Dense(1, name="amount")(h)}
    model = keras.Model({"wave": a, "table": b}, out)
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss={"kind": "sparse_categorical_crossentropy", "amount": "mse"},
                  loss_weights={"kind": 1.0, "amount": 0.5}, metrics={"kind": ["accuracy"], "amount": ["mae"]})
    return dict(model=model, x={"wave": wave.astype("float32")[..., None], "table": table},
                y={"kind": kind, "amount": amount.astype("float32")}, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_kind_accuracy"][-1] > 0.92 and h["val_amount_mae"][-1] < 0.3)
