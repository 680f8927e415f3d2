import keras
import numpy as np
from keras import layers

SOURCE = "SO 37232782 family; recurrent net with relu"
TITLE = "Counting events in long sequences: a recurrent net jumps to 1e6 and then to nan"
TRUTH = {"exploding-gradient"}
ALSO = {"learning-rate-too-high", "hidden-activation", "weight-init", "optimizer", "dead-relu", "target-not-scaled"}
TASK = "sequence regression"


def _data(seed, n=1000, steps=60):
    rng = np.random.default_rng(seed)
    x = (rng.random((n, steps, 2)) < 0.3).astype("float32")
    y = x[:, :, 0].sum(1) - x[:, :, 1].sum(1)
    return x - 0.3, (y / y.std()).astype("float32")


def _net(clip):
    model = keras.Sequential([
        keras.Input((60, 2)),
        layers.SimpleRNN(24, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9, clipnorm=clip), loss="mse")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(None), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(0.1), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.35)
