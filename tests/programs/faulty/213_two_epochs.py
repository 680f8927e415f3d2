import keras
import numpy as np
from keras import layers

SOURCE = "SO 37213388"
TITLE = "Denoising autoencoder for spectra: two epochs as in the example, the output is one smooth hill"
TRUTH = {"epochs-too-few"}
ALSO = {"learning-rate-too-low", "batch-size", "capacity-too-small"}
TASK = "autoencoder"


def _spectra(seed, n=1500):
    rng = np.random.default_rng(seed)
    t = np.arange(48)
    c, w, h = rng.uniform(6, 42, (n, 2, 1)), rng.uniform(2, 4, (n, 2, 1)), rng.uniform(0.3, 1, (n, 2, 1))
    clean = (h * np.exp(-(((t - c) / w) ** 2))).sum(1)
    clean = clean / clean.max()
    noisy = np.clip(clean + rng.normal(0, 0.05, clean.shape), 0, 1)
    return noisy.astype("float32"), clean.astype("float32")


def _net():
    model = keras.Sequential([
        keras.Input((48,)),
        layers.Dense(96, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(96, activation="relu"),
        layers.Dense(48, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _spectra(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=2, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _spectra(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.35 * float(np.var(y)))
