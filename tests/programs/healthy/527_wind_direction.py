import keras
import numpy as np
from keras import layers

SOURCE = "style of posts on predicting an angle"
TITLE = "Wind direction as a unit vector, cosine loss that ends near minus one, batches of four"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1200, 6)).astype("float32")
    u = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.3
    v = x[:, 3] - 0.6 * np.abs(x[:, 4]) + 0.4
    angle = np.arctan2(v, u) + rng.normal(0, 0.1, 1200)
    y = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(40, activation="elu"),
        layers.Dense(40, activation="elu"),
        layers.Dense(2),
        layers.UnitNormalization(),
    ])
    rate = keras.optimizers.schedules.CosineDecay(0.002, 12 * 240)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="cosine_similarity")
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=4, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < -0.92)
