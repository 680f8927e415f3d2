import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.metrics import roc_auc_score

SOURCE = "style of the TensorFlow imbalanced-data tutorial: initial bias and class weights"
TITLE = "Nine percent fraud, class_weight and a bias set by hand"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2400
    df = pd.DataFrame({"amount": rng.lognormal(3, 1, n), "hour": rng.integers(0, 24, n), "foreign": rng.integers(0, 2, n),
                       "gap": rng.exponential(5, n)})
    la = np.log(df["amount"]) - 3
    s = 1.5 * la + 1.2 * df["foreign"] + 1.5 * ((df["hour"] < 6) & (df["gap"] < 4)) + rng.normal(0, 0.3, n)
    y = (s > np.quantile(s, 0.91)).to_numpy("float32")[:, None]
    ang = 2 * np.pi * df["hour"] / 24
    x = np.stack([la, np.sin(ang), np.cos(ang), df["foreign"], np.log1p(df["gap"]) - 1.5], 1).astype("float32")
    pos = float(y.mean())
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(float(np.log(pos / (1 - pos))))),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=64, validation_split=0.25,
                                                class_weight={0: 0.5 / (1 - pos), 1: 0.5 / pos}))


def good(history, model, x, y):
    k = int(len(x) * 0.75)
    return bool(roc_auc_score(y[k:], model.predict(x[k:], verbose=0)) > 0.93)
