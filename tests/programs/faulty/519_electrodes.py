import keras
import numpy as np
from keras import layers

SOURCE = "SO pattern: EEG/MNE epochs (trials, channels, times) into Conv1D"
TITLE = "Conv1D on three electrodes cannot tell 'in step' from 'out of step', accuracy 0.5"
TRUTH = {"input-shape"}
ALSO = {"capacity-too-small", "label-noise"}
TASK = "binary classification"


def _trials(rng, n):
    t = np.arange(48)
    y = rng.integers(0, 2, n)
    f, ph = rng.uniform(0.05, 0.12, n), rng.uniform(0, 2 * np.pi, n)
    a = np.sin(2 * np.pi * f[:, None] * t + ph[:, None])
    b = np.sin(2 * np.pi * f[:, None] * t + (ph + np.pi * y + rng.normal(0, 0.25, n))[:, None])
    c = np.sin(2 * np.pi * rng.uniform(0.05, 0.12, n)[:, None] * t + rng.uniform(0, 6.28, n)[:, None])
    x = np.stack([a, b, c], axis=1) + rng.normal(0, 0.3, (n, 3, 48))
    return x.astype("float32"), y.astype("float32")


def _case(seed, reshape):
    keras.utils.set_random_seed(seed)
    x, y = _trials(np.random.default_rng(seed), 1500)
    x = x.reshape(-1, 48, 3) if reshape else np.transpose(x, (0, 2, 1))      # Conv1D wants (steps, channels)
    inp = keras.Input((48, 3))
    h = layers.Conv1D(16, 5, padding="same", activation="relu")(inp)
    h = layers.Conv1D(16, 3, padding="same", activation="relu")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(keras.optimizers.Adam(0.004), "binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
