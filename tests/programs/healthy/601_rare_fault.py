import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.metrics import balanced_accuracy_score

SOURCE = "style of the keras.io imbalanced classification (fraud) example"
TITLE = "Pump failures, 5 % positives with class_weight: validation loss below, accuracy under the base rate's 95 %"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 3600
    fail = (rng.random(n) < 0.05).astype(int)
    df = pd.DataFrame({"vibration": rng.gamma(2, 1, n) + 2.2 * fail, "temp": rng.normal(60, 6, n) + 8 * fail, "current": rng.normal(12, 1.5, n) - 1.5 * fail,
                       "hours": rng.uniform(0, 9000, n), "site": rng.integers(0, 2, n)})
    x = df.to_numpy("float32")
    cut = 2700
    mean, std = x[:cut].mean(0), x[:cut].std(0)
    x = (x - mean) / std
    y = fail.astype("float32")[:, None]
    share = float(y[:cut].mean())
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dropout(0.2), layers.Dense(16, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")])
    return dict(model=model, x=x[:cut], y=y[:cut], fit=dict(epochs=12, batch_size=64, validation_data=(x[cut:], y[cut:]),
                                                         class_weight={0: 0.5 / (1 - share), 1: 0.5 / share}))


def good(history, model, x, y):
    p = model.predict(x, verbose=0)[:, 0] > 0.5
    return bool(history.history["val_auc"][-1] > 0.92 and balanced_accuracy_score(y[:, 0] > 0.5, p) > 0.83)
