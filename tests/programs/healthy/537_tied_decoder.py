import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "synthetic (autoencoder with one kernel for both directions)"
TITLE = "Digits squeezed to sixteen numbers and back through the same weights"
TASK = "autoencoder"


class Transposed(layers.Layer):
    """Dense layer that borrows the kernel of another one."""

    def __init__(self, other, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.other = other
        self.activation = keras.activations.get(activation)

    def build(self, shape):
        self.bias = self.add_weight(shape=(self.other.kernel.shape[0],), initializer="zeros", name="bias")

    def call(self, x):
        return self.activation(ops.matmul(x, ops.transpose(self.other.kernel)) + self.bias)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x = (load_digits().data / 16).astype("float32")
    x = x[np.random.default_rng(seed).permutation(len(x))]
    first, second = layers.Dense(48, activation="selu"), layers.Dense(16, name="code")
    inp = keras.Input((64,))
    code = second(first(inp))
    model = keras.Model(inp, Transposed(first, "sigmoid")(Transposed(second, "selu")(code)))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["mse"])
    return dict(model=model, x=x, y=x, fit=dict(epochs=30, batch_size=64, validation_split=0.15))


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.02)
