import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "tensorflow/tensorflow#34380 (autoencoder with 'adadelta'; the tight code is ours)"
TITLE = "Digits autoencoder that trained with old Keras: now every reconstruction is the same grey cloud"
TRUTH = {"optimizer", "capacity-too-small"}
ALSO = {"learning-rate-too-low", "epochs-too-few"}
TASK = "autoencoder"


def images():
    return (load_digits().data / 16.0).astype("float32")


def _make(seed, optimizer, code):
    keras.utils.set_random_seed(seed)
    x_train = images()[np.random.default_rng(seed).permutation(1797)]
    input_img = keras.Input(shape=(64,))
    encoded = layers.Dense(48, activation="relu")(input_img)
    encoded = layers.Dense(code, name="code")(encoded)
    decoded = layers.Dense(48, activation="relu")(encoded)
    decoded = layers.Dense(64, activation="sigmoid")(decoded)
    autoencoder = keras.Model(input_img, decoded)
    autoencoder.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["mse"])
    return dict(model=autoencoder, x=x_train, y=x_train,
                fit=dict(epochs=30, batch_size=32, shuffle=True, validation_split=0.2))


def build(seed=0):
    return _make(seed, "adadelta", 1)


def fixed(seed=0):
    return _make(seed, "adam", 16)


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.35 * float(np.mean(np.var(y, axis=0))))
