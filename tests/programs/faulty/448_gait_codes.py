import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic (autoencoder of the Keras blog on another data set)"
TITLE = "Autoencoder for gait cycles draws the same average step for every person"
TRUTH = {"capacity-too-small", "regularization"}
ALSO = set()
TASK = "autoencoder"
POINTS = 40


def _steps(seed, n=1500):
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 2 * np.pi, POINTS)
    waves = np.stack([np.sin(t), np.cos(t), np.sin(2 * t), np.cos(2 * t), np.sin(3 * t), np.cos(3 * t), np.cos(5 * t)])
    weights = rng.normal(0, 1, (n, 7)) * np.array([1, 1, 0.9, 0.9, 0.8, 0.8, 0.6])
    x = weights @ waves + rng.normal(0, 0.05, (n, POINTS))
    return (x / x.std()).astype("float32")


class Autoencoder(keras.Model):
    def __init__(self, code, penalty):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Dense(32, activation="elu", kernel_regularizer=keras.regularizers.L2(penalty)),
            layers.Dense(code, kernel_regularizer=keras.regularizers.L2(penalty)),
        ])
        self.decoder = keras.Sequential([
            layers.Dense(32, activation="elu", kernel_regularizer=keras.regularizers.L2(penalty)),
            layers.Dense(POINTS),
        ])

    def call(self, x):
        return self.decoder(self.encoder(x))


def _run(seed, code, penalty):
    keras.utils.set_random_seed(seed)
    x = _steps(seed)
    train = tf.data.Dataset.from_tensor_slices((x[:1200], x[:1200])).shuffle(1200, seed=seed).batch(32)
    val = tf.data.Dataset.from_tensor_slices((x[1200:], x[1200:])).batch(300)
    model = Autoencoder(code, penalty)
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mse"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=25, validation_data=val))


def build(seed=0):
    return _run(seed, 2, 0.1)


def fixed(seed=0):
    return _run(seed, 10, 1e-5)


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.05)
