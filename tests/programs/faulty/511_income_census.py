import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "UCI adult notebooks (text columns of that file carry a leading blank)"
TITLE = "Census income: 100 % accuracy after one epoch, yet nobody is predicted to be rich"
TRUTH = {"single-class"}
ALSO = {"label-encoding", "class-imbalance", "data-leakage"}
TASK = "binary classification"


def _adult(seed, n):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"age": rng.integers(17, 75, n), "edu_num": rng.integers(1, 17, n), "hours": np.clip(rng.normal(40, 11, n), 5, 90),
                       "gain": rng.exponential(900, n), "married": rng.integers(0, 2, n)})
    z = (df["edu_num"] - 10) / 3 + (df["hours"] - 40) / 14 + 1.1 * df["married"] + np.minimum(df["age"] - 40, 10) / 15 - 0.8
    df["income"] = np.where(z + rng.normal(0, 0.5, n) > 0, " >50K", " <=50K")
    return df


def _case(seed, strip):
    keras.utils.set_random_seed(seed)
    df = _adult(seed, 2200)
    if strip:
        df["income"] = df["income"].str.strip()
    y = (df["income"] == ">50K").astype("float32").to_numpy()
    x = df.drop(columns="income").to_numpy("float32")
    norm = layers.Normalization()
    norm.adapt(x[:1760])
    inp = keras.Input((5,))
    h = layers.Dense(32, activation="relu")(norm(inp))
    h = layers.Dropout(0.1)(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    new = _adult(991, 800)
    rich = (new["income"].str.strip() == ">50K").to_numpy()
    p = model.predict(new.drop(columns="income").to_numpy("float32"), verbose=0)[:, 0] > 0.5
    return bool((p[rich].mean() + (~p[~rich]).mean()) / 2 > 0.78)
