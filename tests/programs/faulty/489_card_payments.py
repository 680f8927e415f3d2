import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: credit-card fraud notebooks, accuracy 0.97 and not one fraud found"
TITLE = "Fraud in card payments: accuracy 0.95 at once, hardly any fraud found, and the loss jumps up and down"
TRUTH = {"class-imbalance", "input-not-scaled"}
ALSO = {"metric-mismatch", "outliers", "dead-relu"}
TASK = "binary classification"


def payments(seed, n=4000):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "amount": rng.lognormal(4.5, 1.2, n),
        "account_days": rng.integers(1, 5000, n).astype(float),
        "hour": rng.integers(0, 24, n).astype(float),
        "km_from_home": rng.lognormal(2.5, 1.5, n),
        "tries_last_hour": rng.poisson(0.6, n).astype(float),
        "balance": rng.gamma(2, 9000, n),
    })
    s = (0.7 * (np.log(df.amount) - 4.5) + 0.9 * df.tries_last_hour + 0.7 * (np.log(df.km_from_home) - 2.5)
         - 0.6 * (df.account_days - 2500) / 1450 + 0.8 * (df.hour < 6))
    y = (rng.random(n) < 1 / (1 + np.exp(-(2.2 * s - 7.6)))).astype("float32")
    return df, y


class BalancedRecall(keras.metrics.Metric):
    """Mean of the recalls of both classes."""

    def __init__(self, name="balanced_recall", **kw):
        super().__init__(name=name, **kw)
        self.hit = self.add_weight(shape=(2,), initializer="zeros", name="hit")
        self.all = self.add_weight(shape=(2,), initializer="zeros", name="all")

    def update_state(self, y_true, y_pred, sample_weight=None):
        t = keras.ops.reshape(keras.ops.cast(y_true, "float32"), (-1,))
        p = keras.ops.cast(keras.ops.reshape(y_pred, (-1,)) > 0.5, "float32")
        self.hit.assign_add(keras.ops.stack([keras.ops.sum((1 - t) * (1 - p)), keras.ops.sum(t * p)]))
        self.all.assign_add(keras.ops.stack([keras.ops.sum(1 - t), keras.ops.sum(t)]))

    def result(self):
        return keras.ops.mean(self.hit / keras.ops.maximum(self.all, 1.0))


def _case(seed, weigh, scale):
    keras.utils.set_random_seed(seed)
    df, y = payments(seed)
    x = df.to_numpy("float32")
    if scale:
        x = np.log1p(x)
        x = (x - x[:3200].mean(0)) / x[:3200].std(0)
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", metrics=["accuracy", BalancedRecall()])
    fit = dict(epochs=15, batch_size=64, validation_split=0.2)
    if weigh:
        share = y[:3200].mean()
        fit["sample_weight"] = np.where(y == 1, 0.5 / share, 0.5 / (1 - share)).astype("float32")
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, False, False)


def fixed(seed=0):
    return _case(seed, True, True)


def good(history, model, x, y):
    return bool(history.history["val_balanced_recall"][-1] > 0.83)
