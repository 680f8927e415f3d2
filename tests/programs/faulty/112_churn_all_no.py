import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: comparison with a string that does not occur"
TITLE = "Churn model: accuracy 1.0 after one epoch, nobody is ever predicted to leave"
TRUTH = {"single-class"}
ALSO = {"label-encoding", "class-imbalance", "data-leakage"}
TASK = "binary classification"


def _frame(seed, n=1600):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "months": rng.integers(1, 72, n),
        "bill": rng.normal(65, 20, n),
        "calls": rng.poisson(2, n),
        "gigabytes": rng.gamma(2, 8, n),
    })
    risk = -0.05 * df["months"] + 0.03 * df["bill"] + 0.6 * df["calls"] + rng.normal(0, 0.5, n)
    df["churn"] = np.where(risk > risk.quantile(0.6), "Yes", "No")
    return df


def _run(seed, positive):
    df = _frame(seed)
    y = (df.pop("churn") == positive).astype("float32").to_numpy()
    x = ((df - df.mean()) / df.std()).to_numpy("float32")
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:1300], y[:1300])).shuffle(1300, seed=seed).batch(32)
    return dict(model=model, x=train, y=None, fit=dict(epochs=10, validation_data=mk((x[1300:], y[1300:])).batch(64)))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, "yes")


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, "Yes")


def good(history, model, x, y):
    p = np.concatenate([model.predict_on_batch(a).ravel() for a, _ in x]) > 0.5
    return bool(history.history["val_accuracy"][-1] > 0.8 and 0.2 < p.mean() < 0.8)
