import keras
import numpy as np
from keras import layers

SOURCE = "DeepLocalize GitHub case FacialKeypointsDetection"
TITLE = "Two landmarks on grey images: the predicted points are the same for every image"
TRUTH = {"learning-rate-too-high"}
ALSO = {"dead-relu", "exploding-gradient", "optimizer", "epochs-too-few", "metric-mismatch"}
TASK = "regression, two outputs"


def load(seed, n=1100, s=24):
    rng = np.random.default_rng(seed)
    eye, mouth = rng.uniform(4, 19, (n, 2)), rng.uniform(4, 19, (n, 2))
    g = np.arange(s)

    def spot(p, w):
        return np.exp(-((g[None, None] - p[:, 0, None, None]) ** 2 + (g[None, :, None] - p[:, 1, None, None]) ** 2) / w)

    X = spot(eye, 5.0) - spot(mouth, 5.0) + rng.normal(0, 0.05, (n, s, s))
    return X.reshape(n, -1).astype(np.float32), {"eye": (eye - 12) / 12, "mouth": (mouth - 12) / 12}


def get_model(lr):
    inp = keras.Input((576,), name="Image")
    h = layers.Dense(100, activation="relu")(inp)
    h = layers.Dense(50, activation="relu")(h)
    out = {"eye": layers.Dense(2, name="eye")(h), "mouth": layers.Dense(2, name="mouth")(h)}
    model = keras.Model(inp, out)
    model.compile(keras.optimizers.Adam(learning_rate=lr), loss={"eye": "mean_squared_error", "mouth": "mean_squared_error"})
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = load(seed)
    return dict(model=get_model(0.05), x=X, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2, shuffle=True))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = load(seed)
    return dict(model=get_model(0.0015), x=X, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2, shuffle=True))


def good(history, model, x, y):
    h = history.history
    base = np.var(y["eye"]) + np.var(y["mouth"])
    return bool(h["val_loss"][-1] < 0.25 * base)
