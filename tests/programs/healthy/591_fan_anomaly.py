import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; style of an anomaly-detection lesson"
TITLE = "Autoencoder for a fan, trained on faultless hours only, tight code, ends at a loss well above zero"
TASK = "anomaly detection"


def hours(seed, n, broken=False):
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(9).normal(0, 0.6, (3, 16))
    z = rng.normal(0, 1, (n, 3))
    x = z @ mix + 0.15 * np.tanh(z[:, :1] * z[:, 1:2]) + rng.normal(0, 0.35, (n, 16))
    if broken:
        k = rng.integers(0, 14, n)
        for j in range(3):
            x[np.arange(n), k + j] += rng.choice([-1, 1], n) * rng.uniform(1.5, 3.0, n)
    return x.astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x = hours(100 + seed, 2200)
    inp = keras.Input((16,))
    h = layers.GaussianNoise(0.1)(inp)
    h = layers.Dense(12, activation="tanh")(h)
    code = layers.Dense(3, name="code", activity_regularizer=keras.regularizers.L2(1e-4))(h)
    h = layers.Dense(12, activation="tanh")(code)
    model = keras.Model(inp, layers.Dense(16)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    stop = keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
    return dict(model=model, x=x, y=x, fit=dict(epochs=25, batch_size=64, validation_split=0.15, callbacks=[stop]))


def good(history, model, x, y):
    a, b = hours(501, 500), hours(502, 500, True)
    ea, eb = (np.mean((model.predict(v, verbose=0) - v) ** 2, 1) for v in (a, b))
    auc = (eb[:, None] > ea[None, :]).mean()
    return bool(auc > 0.9 and history.history["val_loss"][-1] < 0.3)
