import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: the -4.6 prior bias of a detection paper given to every layer, one-number code"
TITLE = "Autoencoder for small images gives back the same grey smear for all of them"
TRUTH = {"dead-relu", "weight-init", "capacity-too-small"}
ALSO = {"vanishing-gradient", "epochs-too-few", "learning-rate-too-low", "hidden-activation"}
TASK = "autoencoder"


def images(seed):
    x = load_digits().data.astype("float32") / 16.0
    return x[np.random.default_rng(seed).permutation(len(x))]


def _run(seed, plain_bias, wide):
    keras.utils.set_random_seed(seed)
    x = images(seed)
    b = "zeros" if plain_bias else keras.initializers.Constant(-4.6)
    model = keras.Sequential(name="ae")
    model.add(keras.Input((64,)))
    model.add(layers.Dense(64, activation="relu", bias_initializer=b))
    model.add(layers.Dense(24 if wide else 1, activation="relu", bias_initializer=b, name="code"))
    model.add(layers.Dense(64, activation="relu", bias_initializer=b))
    model.add(layers.Dense(64, activation="sigmoid", bias_initializer=b))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["mse"])
    return dict(model=model, x=x, y=x, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    return bool(((model.predict(x, verbose=0) - y) ** 2).mean() < 0.35 * y.var(0).mean())
