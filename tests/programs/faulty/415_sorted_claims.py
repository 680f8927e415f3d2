import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: table sorted by the target before validation_split"
TITLE = "Fraud table: training accuracy 1.0 in the second epoch, validation accuracy near 0.1"
TRUTH = {"unshuffled-data", "single-class"}
ALSO = {"class-imbalance", "distribution-shift", "metric-mismatch", "capacity-too-large", "epochs-too-many"}
TASK = "binary classification"


def claims(seed, n=2000):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame(rng.normal(0, 1, (n, 7)), columns=["amount", "age", "days", "visits", "km", "score", "hour"])
    risk = 1.2 * df.amount - df.days + 0.8 * df.visits * df.km
    df["fraud"] = (risk > risk.quantile(0.82)).astype("int32")
    return df


def net():
    model = keras.Sequential([keras.Input((7,)), layers.Dense(40, activation="relu"), layers.Dense(20, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Nadam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    df = claims(seed).sort_values(["fraud", "amount"]).reset_index(drop=True)
    return dict(model=net(), x=df.drop(columns="fraud"), y=df["fraud"], fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    df = claims(seed).sort_values(["fraud", "amount"]).sample(frac=1, random_state=seed).reset_index(drop=True)
    return dict(model=net(), x=df.drop(columns="fraud"), y=df["fraud"], fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool(0.5 * (p[y == 1].mean() + (~p[y == 0]).mean()) > 0.8)
