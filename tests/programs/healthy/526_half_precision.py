import keras
import numpy as np
from keras import layers

SOURCE = "style of the Keras mixed-precision guide"
TITLE = "Five residual blocks in mixed bfloat16, gradients summed over four batches and clipped"
TASK = "regression"
HALF = "mixed_bfloat16"


def block(t):
    h = layers.LayerNormalization(dtype=HALF)(t)
    h = layers.Dense(48, activation="relu", dtype=HALF)(h)
    h = layers.Dense(32, dtype=HALF)(h)
    return layers.Add(dtype=HALF)([t, h])


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (3000, 10)).astype("float32")
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + np.maximum(x[:, 3], 0) + rng.normal(0, 0.2, 3000)
    y = ((y - y.mean()) / y.std()).astype("float32")
    inp = keras.Input((10,))
    h = layers.Dense(32, dtype=HALF)(inp)
    for _ in range(5):
        h = block(h)
    model = keras.Model(inp, layers.Dense(1, dtype="float32")(layers.LayerNormalization(dtype="float32")(h)))
    rate = keras.optimizers.schedules.CosineDecay(0.004, 12 * 150)
    opt = keras.optimizers.Adam(rate, clipnorm=1.0, gradient_accumulation_steps=4)
    model.compile(optimizer=opt, loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=16, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.18)
