import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO 44066044"
TITLE = "Attack or normal traffic from packet counters: accuracy below the majority, loss near 8"
TRUTH = {"input-not-scaled", "output-activation"}
ALSO = {"dead-relu", "loss-mismatch", "learning-rate-too-high"}
TASK = "binary classification"


def _flows(seed, n=2000):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (n, 6))
    attack = (np.abs(z[:, 0] + z[:, 1]) + 0.8 * z[:, 2] * z[:, 3] - 0.6 * z[:, 4] > 1.1).astype("int64")
    df = pd.DataFrame({
        "duration_us": 4e5 + 1.2e5 * z[:, 0],
        "bytes_out": 9000 + 2500 * z[:, 1],
        "packets": 60 + 15 * z[:, 2],
        "mean_gap_ms": 1.5 + 0.3 * z[:, 3],
        "ttl": 64 + 9 * z[:, 4],
        "port_entropy": 0.5 + 0.1 * z[:, 5],
    })
    return df, attack


def _net(last):
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation=last),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _case(seed, raw, relu):
    keras.utils.set_random_seed(seed)
    x, y = _flows(seed)
    if not raw:
        x = (x - x[:1600].mean()) / x[:1600].std()
    return dict(model=_net("relu" if relu else "sigmoid"), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.85 and h["val_loss"][-1] < 0.4)
