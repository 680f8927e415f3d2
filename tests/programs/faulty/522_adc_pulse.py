import keras
import numpy as np
from keras import layers

SOURCE = "Arduino/TinyML forum pattern: analogRead values into a recurrent network"
TITLE = "GRU on pulse sensor snippets from my Arduino never leaves the base rate"
TRUTH = {"input-not-scaled"}
ALSO = {"vanishing-gradient", "preprocessing-mismatch", "learning-rate-too-low", "learning-rate-too-high", "epochs-too-few"}
TASK = "classification"


class Pulses(keras.utils.PyDataset):
    def __init__(self, x, y, batch=32, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch = x, y, batch

    def __len__(self):
        return -(-len(self.x) // self.batch)

    def __getitem__(self, i):
        s = slice(i * self.batch, (i + 1) * self.batch)
        return self.x[s], self.y[s]


def _snippets(rng, n):
    t = np.arange(24)
    y = rng.integers(0, 3, n)
    rate = np.array([0.07, 0.13, 0.2])[y] * rng.normal(1, 0.07, n)
    wave = np.sin(2 * np.pi * rate[:, None] * t + rng.uniform(0, 6.28, n)[:, None])
    adc = 520 + rng.uniform(60, 110, n)[:, None] * wave + rng.normal(0, 12, (n, 24))
    return np.clip(np.round(adc), 0, 1023).astype("float32")[..., None], y.astype("int32")


def _case(seed, raw):
    keras.utils.set_random_seed(seed)
    x, y = _snippets(np.random.default_rng(seed), 1500)
    if not raw:
        x = (x - 520.0) / 80.0
    model = keras.Sequential([keras.Input((24, 1)), layers.GRU(24), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.008), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=Pulses(x[:1200], y[:1200]), y=None, fit=dict(epochs=12, validation_data=Pulses(x[1200:], y[1200:])))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
