import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.preprocessing import StandardScaler

SOURCE = "engineering forum pattern: finite-element results in SI units as regression target"
TITLE = "Beam deflection surrogate: the loss is 1e-5, so it should be perfect, but the plot against FEM is a cloud"
TRUTH = {"target-not-scaled"}
ALSO = {"metric-mismatch", "learning-rate-too-high", "vanishing-gradient", "epochs-too-few"}
TASK = "regression"


def _case(seed, unit):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2000
    df = pd.DataFrame({"load_N": rng.uniform(200, 1500, n), "length_m": rng.uniform(0.5, 1.2, n), "width_m": rng.uniform(0.03, 0.06, n),
                       "height_m": rng.uniform(0.04, 0.08, n)})
    inertia = df["width_m"] * df["height_m"] ** 3 / 12
    w = df["load_N"] * df["length_m"] ** 3 / (48 * 2.1e11 * inertia) * rng.lognormal(0, 0.05, n)     # metres
    x = StandardScaler().fit_transform(df).astype("float32")
    y = (w / (w.std() if unit == "own" else 1.0)).to_numpy("float32")[:, None]
    inp = keras.Input((4,))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(48, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(keras.optimizers.Adam(0.002), "mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=18, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, "metre")


def fixed(seed=0):
    return _case(seed, "own")


def good(history, model, x, y):
    k = len(y) // 5
    t, p = y[-k:, 0].astype("float64"), model.predict(x[-k:], verbose=0)[:, 0].astype("float64")
    return bool(1 - np.mean((t - p) ** 2) / np.var(t) > 0.8)
