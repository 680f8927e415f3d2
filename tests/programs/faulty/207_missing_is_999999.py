import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: a code for missing values among standardised measurements"
TITLE = "Plant monitoring: two inputs, the model is right about a third of the time after a smooth run"
TRUTH = {"outliers"}
ALSO = {"input-not-scaled", "nonfinite-input", "constant-feature", "distribution-shift", "learning-rate-too-low"}
TASK = "classification"


def _plant(seed, clean, n=1600):
    rng = np.random.default_rng(seed)
    flow, heat = rng.normal(12, 2, (n, 4)), rng.normal(340, 15, (n, 3))
    s = (flow[:, 0] - 12) / 2 + (heat[:, 0] - 340) / 15 + 0.8 * (flow[:, 1] - 12) / 2 * (heat[:, 1] - 340) / 15
    y = np.digitize(s, np.quantile(s, [1 / 3, 2 / 3]))
    for part in (flow, heat):
        for j in range(part.shape[1]):
            k = rng.choice(n, 8, replace=False)
            part[k, j] = np.median(part[:, j]) if clean else 999_999
    return [((p - p.mean(0)) / p.std(0)).astype("float32") for p in (flow, heat)], y


def _net():
    flow, heat = keras.Input((4,), name="flow"), keras.Input((3,), name="heat")
    a = layers.Dense(16, activation="relu")(flow)
    b = layers.Dense(16, activation="relu")(heat)
    h = layers.Dense(24, activation="relu")(layers.Concatenate()([a, b]))
    model = keras.Model([flow, heat], layers.Dense(3, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _plant(seed, False)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _plant(seed, True)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
