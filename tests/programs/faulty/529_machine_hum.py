import keras
import numpy as np
from keras import layers

SOURCE = "course project; pattern: 1-D convolutions on vibration recordings"
TITLE = "Three running states of a pump from 64 vibration samples, cannot beat guessing"
TRUTH = {"hidden-activation"}
ALSO = {"capacity-too-small"}
TASK = "classification"


def _recordings(seed, n=1500, t=64):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    f = np.array([0.08, 0.16, 0.28])[y] + rng.normal(0, 0.01, n)
    ph = rng.uniform(0, 2 * np.pi, n)
    x = np.sin(2 * np.pi * f[:, None] * np.arange(t)[None] + ph[:, None]) + rng.normal(0, 0.5, (n, t))
    return x[..., None].astype("float32"), y.astype("int32")


def _case(seed, **kw):
    keras.utils.set_random_seed(seed)
    x, y = _recordings(seed)
    inp = keras.Input((64, 1), name="vibration")
    h = layers.Conv1D(16, 7, padding="same", **kw)(inp)
    h = layers.Conv1D(24, 5, padding="same", **kw)(h)
    h = layers.GlobalAveragePooling1D()(h)
    h = layers.Dense(24, **kw)(h)
    model = keras.Model(inp, layers.Dense(3, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=14, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed)


def fixed(seed=0):
    return _case(seed, activation="relu")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
