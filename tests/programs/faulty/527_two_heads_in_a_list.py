import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "forum; pattern: multi-output model, losses handed over as a list"
TITLE = "Patient model with two heads: the stay-length head gives nonsense, the readmission head is fine"
TRUTH = {"loss-mismatch"}
ALSO = {"output-activation"}
TASK = "regression + binary classification"


def _patients(seed, n=1600):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"age": rng.normal(60, 15, n), "pulse": rng.normal(78, 12, n), "crp": rng.gamma(2, 10, n),
                       "weight": rng.normal(75, 13, n), "drugs": rng.poisson(4, n)})
    z = ((df - df[:1280].mean()) / df[:1280].std()).to_numpy("float32")
    stay = z[:, 0] * 0.8 + 0.7 * z[:, 2] - 0.5 * z[:, 3] * z[:, 1] + rng.normal(0, 0.25, n)
    stay = np.maximum(3 + stay, 0.2)  # in weeks
    back = (z[:, 4] + 0.8 * z[:, 1] + rng.normal(0, 0.3, n) > 0.2).astype("float32")
    return z, stay.astype("float32")[:, None], back[:, None]


def _case(seed, losses):
    keras.utils.set_random_seed(seed)
    x, stay, back = _patients(seed)
    inp = keras.Input((5,))
    h = layers.Dense(64, activation="relu")(inp)
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model(inp, [layers.Dense(1, name="stay")(h), layers.Dense(1, activation="sigmoid", name="back")(h)])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=losses)
    return dict(model=model, x=x, y=[stay, back], fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, ["binary_crossentropy", "mse"])


def fixed(seed=0):
    return _case(seed, ["mse", "binary_crossentropy"])


def good(history, model, x, y):
    k = int(len(x) * 0.8)
    stay, back = model.predict(x[k:], verbose=0)
    r2 = 1 - np.mean((stay - y[0][k:]) ** 2) / np.var(y[0][k:])
    acc = np.mean((back > 0.5) == (y[1][k:] > 0.5))
    return bool(r2 > 0.65 and acc > 0.8)
