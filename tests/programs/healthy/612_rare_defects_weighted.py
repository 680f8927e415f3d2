import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "style of keras.io imbalanced classification"
TITLE = "Six percent defective parts, found with class_weight and watched by AUC and recall"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 3000
    y = (rng.random(n) < 0.06).astype("float32")
    df = pd.DataFrame({"pressure": rng.normal(5.0, 0.4, n) + 0.6 * y, "temp": rng.normal(180, 6, n) + 9 * y,
                       "speed": rng.normal(1200, 90, n) - 110 * y, "humidity": rng.uniform(20, 70, n)})
    machine = rng.integers(0, 4, n)
    df = pd.concat([(df - df.mean()) / df.std(), pd.get_dummies(machine, prefix="m")], axis=1)
    x = df.to_numpy("float32")
    inp = keras.Input((8,))
    h = layers.Dense(24, activation="relu")(inp)
    h = layers.Dropout(0.2)(h)
    h = layers.Dense(12, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy",
                  metrics=[keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")])
    w = {0: float(0.5 / (1 - y.mean())), 1: float(0.5 / y.mean())}
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=64, validation_split=0.2, class_weight=w))


def good(history, model, x, y):
    return bool(history.history["val_auc"][-1] > 0.9 and history.history["val_recall"][-1] > 0.7)
