import keras
import numpy as np
from keras import layers, ops

SOURCE = "style of posts on quantile regression with a pinball loss"
TITLE = "Three quantiles at once from one target column, own pinball loss"
TASK = "quantile regression"
Q = np.array([0.1, 0.5, 0.9], dtype="float32")


def pinball(y_true, y_pred):
    e = y_true - y_pred            # (batch, 1) against (batch, 3): the broadcast is meant
    return ops.mean(ops.maximum(Q * e, (Q - 1) * e), axis=-1)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (4000, 1)).astype("float32")
    y = np.sin(2 * x) + (0.1 + 0.25 * np.abs(x)) * rng.normal(0, 1, x.shape)
    model = keras.Sequential([
        keras.Input((1,)),
        layers.Dense(32, activation="tanh"),
        layers.Dense(32, activation="tanh"),
        layers.Dense(3),
    ])
    rate = keras.optimizers.schedules.CosineDecay(0.008, 20 * 47)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=pinball)
    return dict(model=model, x=x, y=y.astype("float32"), fit=dict(epochs=20, batch_size=64, validation_split=0.25))


def good(history, model, x, y):
    below = (y < model.predict(x, verbose=0)).mean(0)
    return bool(np.abs(below - Q).max() < 0.05 and history.history["val_loss"][-1] < 0.12)
