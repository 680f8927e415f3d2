import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "StackOverflow, 'network predicts the same value for every row' (hospital csv)"
TITLE = "Readmission table from the hospital: same probability (or nan) for every patient, recall 0"
TRUTH = {"nonfinite-input", "class-imbalance"}
ALSO = {"metric-mismatch", "dead-relu"}
TASK = "binary classification"


def _case(seed, fill, weigh):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 3000
    y = (rng.random(n) < 0.04).astype("float32")
    df = pd.DataFrame({"age": rng.normal(61, 14, n) + 11 * y, "bmi": rng.normal(27, 4, n) + 2 * y,
                       "glucose": rng.normal(105, 22, n) + 24 * y, "stay_days": rng.gamma(2, 2, n) + 1.5 * y,
                       "systolic": rng.normal(132, 15, n)})
    df.loc[rng.random(n) < 0.07, "bmi"] = np.nan
    df.loc[rng.random(n) < 0.04, "glucose"] = np.nan
    if fill:
        df = df.fillna(df.median())
    df = (df - df.mean()) / df.std()
    x = df.to_numpy("float32")
    inp = keras.Input((5,))
    h = layers.Dense(24, activation="relu")(inp)
    h = layers.Dense(12, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy",
                  metrics=["accuracy", keras.metrics.Recall(name="recall")])
    fit = dict(epochs=10, batch_size=64, validation_split=0.2)
    if weigh:
        fit["class_weight"] = {0: 1.0, 1: float((y == 0).sum() / (y == 1).sum())}
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, False, False)


def fixed(seed=0):
    return _case(seed, True, True)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    if not np.isfinite(p).all():
        return False
    p = p > 0.5
    return bool(p[y == 1].mean() > 0.6 and (~p[y == 0]).mean() > 0.65)
