import keras
import numpy as np
from keras import layers

SOURCE = "SO 50426349 (autoencoder whose last activation misses the data), dropout on the code added"
TITLE = "Autoencoder for standardised spectra: reconstruction hardly better than the mean spectrum"
TRUTH = {"output-activation", "dropout"}
ALSO = {"target-not-scaled"}
TASK = "autoencoder"


def _spectra(seed, n=1200):
    rng = np.random.default_rng(seed)
    g = np.linspace(0, 1, 32)
    peaks = np.exp(-((g - np.array([0.15, 0.35, 0.6, 0.85])[:, None]) / 0.08) ** 2)
    x = rng.gamma(2.0, 1.0, (n, 4)) @ peaks + rng.normal(0, 0.05, (n, 32))
    return ((x - x.mean(0)) / x.std(0)).astype("float32")


def _case(seed, squash, drop):
    keras.utils.set_random_seed(seed)
    x = _spectra(seed)
    model = keras.Sequential([
        keras.Input((32,)),
        layers.Dense(32, activation="elu"),
        layers.Dense(6, name="code"),
        layers.Dropout(0.85 if drop else 0.0),
        layers.Dense(32, activation="elu"),
        layers.Dense(32, activation="sigmoid" if squash else "linear"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    return dict(model=model, x=x, y=x, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.3)
