import keras
import numpy as np
from keras import layers
from sklearn.preprocessing import StandardScaler

SOURCE = "synthetic; pattern: scaler applied to the training part only, anomaly-detection notebooks"
TITLE = "Autoencoder on pump sensors: loss 0.04, val_loss 100000 - every healthy hour is an anomaly"
TRUTH = {"distribution-shift"}
ALSO = {"preprocessing-mismatch", "input-not-scaled", "outliers"}
TASK = "anomaly detection"


class AutoEncoder(keras.Model):
    def __init__(self, width, code):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(16, activation="elu"), layers.Dense(code)])
        self.decoder = keras.Sequential([layers.Dense(16, activation="elu"), layers.Dense(width)])

    def call(self, x):
        return self.decoder(self.encoder(x))


def sensors(seed, n=2400):
    rng = np.random.default_rng(seed)
    load = np.cumsum(rng.normal(0, 0.3, (n, 3)), 0) * 0.02 + rng.normal(0, 1, (n, 3))
    mix = np.random.default_rng(5).normal(0, 1, (3, 12))
    unit = np.array([400, 60, 3, 1200, 80, 15, 230, 50, 7, 90, 310, 22.0])
    return unit * (1 + 0.15 * (load @ mix + rng.normal(0, 0.3, (n, 12))))


def _case(seed, both):
    keras.utils.set_random_seed(seed)
    raw = sensors(seed)
    train, val = raw[:1900], raw[1900:]
    scaler = StandardScaler().fit(train)
    x = scaler.transform(train).astype("float32")
    v = (scaler.transform(val) if both else val).astype("float32")
    model = AutoEncoder(12, 3)
    model.compile(optimizer=keras.optimizers.AdamW(0.005, weight_decay=1e-5), loss="mse")
    return dict(model=model, x=x, y=x, fit=dict(epochs=20, batch_size=64, validation_data=(v, v)))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    h = history.history
    return bool(h["loss"][-1] < 0.2 and h["val_loss"][-1] < 0.2)
