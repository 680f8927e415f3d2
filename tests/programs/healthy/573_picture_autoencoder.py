import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of the Keras blog on autoencoders"
TITLE = "Convolutional autoencoder, sigmoid output and binary cross-entropy on grey values: the loss has a high floor"
TASK = "autoencoder"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x = (load_digits().images / 16.0).astype("float32")[..., None]
    x = x[np.random.default_rng(seed).permutation(len(x))]
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(20, name="code"),
        layers.Dense(4 * 4 * 16, activation="relu"),
        layers.Reshape((4, 4, 16)),
        layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy")
    return dict(model=model, x=x, y=x, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0)
    return bool(np.mean((p - x) ** 2) < 0.2 * np.mean((x - x.mean(0)) ** 2))
