import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "style of the keras.io variational autoencoder example"
TITLE = "Variational autoencoder: both losses come from add_loss, fit gets no y"
TASK = "autoencoder"


class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seeds = keras.random.SeedGenerator(7)

    def call(self, inputs, training=False):
        mean, log_var = inputs
        kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=-1)
        self.add_loss(ops.mean(kl))
        if not training:
            return mean
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seeds)


class Reconstruction(layers.Layer):
    def call(self, inputs):
        pixels, rebuilt = inputs
        self.add_loss(ops.mean(ops.sum(keras.losses.binary_crossentropy(pixels[..., None], rebuilt[..., None]), axis=-1)))
        return rebuilt


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x = (load_digits().data / 16.0).astype("float32")
    x = x[np.random.default_rng(seed).permutation(len(x))]
    inp = keras.Input((64,))
    h = layers.Dense(128, activation="relu")(inp)
    z = Sampling()([layers.Dense(8, name="mean")(h), layers.Dense(8, name="log_var", kernel_initializer="zeros")(h)])
    h = layers.Dense(128, activation="relu")(z)
    model = keras.Model(inp, Reconstruction()([inp, layers.Dense(64, activation="sigmoid")(h)]))
    model.compile(optimizer=keras.optimizers.Adam(0.003))
    return dict(model=model, x=x, y=None, fit=dict(epochs=25, batch_size=64))


def good(history, model, x, y):
    rest = np.mean((model.predict(x, verbose=0) - x) ** 2) / np.mean((x - x.mean(0)) ** 2)
    return bool(rest < 0.5 and history.history["loss"][-1] < 0.85 * history.history["loss"][0])
