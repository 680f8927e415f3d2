import keras
import numpy as np
from keras import layers

SOURCE = "FacialKeypointsDetection (DeepLocalize GitHub case)"
TITLE = "Two keypoints per image: the network gives the same mean position for every image"
TRUTH = {"learning-rate-too-high"}
ALSO = {"dead-relu", "optimizer", "exploding-gradient"}
TASK = "multi-output regression"


def _data(seed, n=1200):
    rng = np.random.default_rng(seed)
    g = np.arange(16) / 15.0
    eye, mouth = rng.uniform(0.1, 0.9, (n, 2)), rng.uniform(0.1, 0.9, (n, 2))
    def spot(p, width):
        dx = np.exp(-((g[None, :] - p[:, :1]) / width) ** 2)
        dy = np.exp(-((g[None, :] - p[:, 1:]) / width) ** 2)
        return dy[:, :, None] * dx[:, None, :]
    img = spot(eye, 0.06) + 0.6 * spot(mouth, 0.14) + rng.normal(0, 0.02, (n, 16, 16))
    return img.astype("float32")[..., None], {"eye": eye.astype("float32"), "mouth": mouth.astype("float32")}


def _net(rate):
    inp = keras.Input((16, 16, 1))
    h = layers.Conv2D(12, 3, strides=2, activation="relu")(inp)
    h = layers.Conv2D(24, 3, strides=2, activation="relu")(h)
    h = layers.Flatten()(h)
    h = layers.Dense(64, activation="relu")(h)
    model = keras.Model(inp, {"eye": layers.Dense(2, name="eye")(h), "mouth": layers.Dense(2, name="mouth")(h)})
    model.compile(optimizer=keras.optimizers.Adam(rate), loss={"eye": "mse", "mouth": "mse"})
    return model


def _case(seed, rate):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(rate), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 0.1)


def fixed(seed=0):
    return _case(seed, 0.002)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.03)
