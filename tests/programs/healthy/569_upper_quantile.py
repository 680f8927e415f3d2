import keras
import numpy as np
from keras import layers, ops

SOURCE = "style of quantile-regression posts with a pinball loss"
TITLE = "Custom pinball loss for the 90 % quantile, noise that grows with x"
TASK = "regression"


def pinball(y_true, y_pred):
    e = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * e, -0.1 * e), axis=-1)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (2400, 3)).astype("float32")
    y = 2 * np.sin(3 * x[:, 0]) + x[:, 1] + (0.4 + 0.3 * x[:, 2]) * rng.normal(0, 1, 2400)
    model = keras.Sequential([
        keras.Input((3,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(48, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=pinball)
    return dict(model=model, x=x, y=y.astype("float32")[:, None], fit=dict(epochs=25, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    q = model.predict(x, verbose=0)
    flat = np.maximum(0.9 * (y - np.quantile(y, 0.9)), -0.1 * (y - np.quantile(y, 0.9))).mean()
    return bool(0.82 < (y < q).mean() < 0.97 and history.history["val_loss"][-1] < 0.5 * flat)
