import keras
import numpy as np
from keras import layers

SOURCE = "pattern: student XOR exercise with MATLAB-style class numbers"
TITLE = "XOR with noise: loss gets more and more negative and the net always says 1"
TRUTH = {"label-encoding"}
ALSO = {"loss-mismatch", "output-activation", "output-units"}
TASK = "binary classification"


class Gate(keras.Model):
    def __init__(self, width=16):
        super().__init__()
        self.hidden = [layers.Dense(width, activation="tanh"), layers.Dense(width, activation="tanh")]
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        for h in self.hidden:
            x = h(x)
        return self.out(x)


def _case(seed, first_class):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (1600, 2))
    x = (2.0 * bits - 1 + rng.normal(0, 0.3, bits.shape)).astype("float32")
    y = (bits[:, 0] ^ bits[:, 1]) + first_class
    model = Gate()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y.astype("float32")[:, None], fit=dict(epochs=12, batch_size=32, validation_split=0.25))


def build(seed=0):
    return _case(seed, 1)


def fixed(seed=0):
    return _case(seed, 0)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.95 and history.history["val_loss"][-1] > 0)
