import keras
import numpy as np
from keras import layers

SOURCE = "style of posts on extreme learning machines and random kitchen sinks"
TITLE = "Wide layer of random cosines that is never trained, only the read-out learns"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (2500, 3))
    y = np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + rng.normal(0, 0.15, 2500)
    y = (y - y.mean()) / y.std()
    wide = keras.initializers.RandomNormal(stddev=0.7)
    model = keras.Sequential([
        keras.Input((3,)),
        layers.Dense(500, activation=keras.ops.cos, kernel_initializer=wide,
                     bias_initializer=keras.initializers.RandomUniform(0, 6.2832), trainable=False),
        layers.Dense(1),
    ])
    rate = keras.optimizers.schedules.CosineDecay(0.005, 15 * 63)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", metrics=["r2_score"])
    return dict(model=model, x=x.astype("float32"), y=y.astype("float32")[:, None],
                fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    r2 = 1 - np.mean((model.predict(x[2000:], verbose=0) - y[2000:]) ** 2) / y[2000:].var()
    return bool(r2 > 0.9)
