import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO-type question: pandas left merge of two exports before a Keras model"
TITLE = "Promo success model ignores our store master data, accuracy 0.5-0.6 whatever I try"
TRUTH = {"constant-feature"}
ALSO = {"capacity-too-small", "label-noise"}
TASK = "binary classification"


def _case(seed, pad):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    stores = pd.DataFrame({"store": [f"{i:04d}" for i in range(1, 301)], "area": rng.normal(900, 250, 300), "staff": rng.poisson(14, 300),
                           "parking": rng.integers(0, 120, 300), "rent": rng.normal(18, 5, 300)})
    n = 2400
    promo = pd.DataFrame({"store": rng.integers(1, 301, n), "discount": rng.uniform(0, 0.5, n), "weekday": rng.integers(0, 7, n), "rain": rng.exponential(2, n)})
    s = stores.iloc[promo["store"] - 1].reset_index(drop=True)
    score = (s["area"] - 900) / 250 + (s["parking"] - 60) / 35 - (s["rent"] - 18) / 5 * (s["staff"] - 14) / 4 + 1.2 * (promo["discount"] - 0.25)
    promo["success"] = (score + rng.normal(0, 0.3, n) > 0).astype(int)
    promo["store"] = promo["store"].astype(str)
    if pad:
        promo["store"] = promo["store"].str.zfill(4)
    df = promo.merge(stores, on="store", how="left").fillna(0)
    feats = df.drop(columns=["store", "success"])
    feats = (feats - feats.mean()) / (feats.std() + 1e-7)
    x, y = feats.to_numpy("float32"), df["success"].to_numpy("float32")
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(48, activation="relu"), layers.Dense(24, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=18, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.82)
