import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic (vote shares cast to int)"
TITLE = "Will the jury like the wine: accuracy 1.0000 after two epochs, and the model says no to every bottle"
TRUTH = {"single-class"}
ALSO = {"label-encoding", "class-imbalance"}
TASK = "binary"


def _bottles(seed, n=1300):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "alcohol": rng.normal(12.4, 1.1, n),
        "acidity": rng.normal(6.8, 0.9, n),
        "sugar": rng.lognormal(0.9, 0.6, n),
        "tannin": rng.normal(0, 1, n),
        "age": rng.integers(1, 12, n).astype(float),
    })
    z = (df - df.mean()) / df.std()
    liking = 0.8 * z.alcohol - 0.7 * z.acidity ** 2 + 0.5 * z.tannin * z.age + 0.4 * z.sugar + 0.4
    df["share"] = np.clip(1 / (1 + np.exp(-1.5 * liking - rng.normal(0, 0.3, n))), 0.0, 0.99).round(2)
    return df


def _net():
    inp = keras.Input((5,))
    h = layers.Dense(32, activation="relu")(inp)
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, verdict):
    keras.utils.set_random_seed(seed)
    df = _bottles(seed)
    y = verdict(df.pop("share")).to_numpy()
    x = ((df - df.mean()) / df.std()).astype("float32")
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _run(seed, lambda share: share.astype(int))


def fixed(seed=0):
    return _run(seed, lambda share: (share >= 0.5).astype(int))


def good(history, model, x, y):
    df = _bottles(777)
    liked = df.pop("share").to_numpy() >= 0.5
    says = model.predict(((df - df.mean()) / df.std()).to_numpy("float32"), verbose=0).ravel() > 0.5
    return bool((np.mean(says[liked]) + np.mean(~says[~liked])) / 2 > 0.8)
