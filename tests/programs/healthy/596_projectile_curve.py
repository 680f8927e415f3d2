import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: physics lab regression with two outputs"
TITLE = "Range and height of a thrown ball: sigmoid and tanh units, cosine schedule"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2400
    speed, angle, drag = rng.uniform(5, 20, n), rng.uniform(0.2, 1.4, n), rng.uniform(0, 0.03, n)
    reach = speed ** 2 * np.sin(2 * angle) / 9.81 / (1 + drag * speed) + rng.normal(0, 0.4, n)
    height = (speed * np.sin(angle)) ** 2 / 19.62 / (1 + 0.5 * drag * speed) + rng.normal(0, 0.2, n)
    x = np.stack([speed, angle, drag], 1)
    x = ((x - x[:1920].mean(0)) / x[:1920].std(0)).astype("float32")
    y = {"reach": (reach / 10).astype("float32"), "height": (height / 5).astype("float32")}
    i = keras.Input((3,))
    h = layers.Dense(40, activation="tanh")(i)
    h = layers.Dense(30, activation="sigmoid")(h)
    model = keras.Model(i, {"reach": layers.Dense(1, name="reach")(h), "height": layers.Dense(1, name="height")(h)})
    rate = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=60 * 20, alpha=0.02)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss={"reach": "mse", "height": "huber"}, loss_weights={"reach": 1.0, "height": 2.0},
                  metrics={"reach": ["mae"], "height": ["mae"]})
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_reach_mae"][-1] < 0.12 and h["val_height_mae"][-1] < 0.12)
