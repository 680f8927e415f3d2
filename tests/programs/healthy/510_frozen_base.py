import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of the Keras guide on transfer learning"
TITLE = "Base trained on digits 0-4 and frozen before compile, new head for 5-9"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x, t = (d.images[i] / 16.0)[..., None].astype("float32"), d.target[i]
    low = t < 5

    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(24, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.Conv2D(48, 3, activation="relu"),
    ], name="base")
    first = keras.Sequential([base, layers.Flatten(), layers.Dense(5, activation="softmax")])
    first.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    first.fit(x[low], t[low], epochs=3, batch_size=32, verbose=0)

    base.trainable = False
    inp = keras.Input((8, 8, 1))
    h = base(inp, training=False)
    h = layers.Dropout(0.2)(layers.Flatten()(h))
    model = keras.Model(inp, layers.Dense(5, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x[~low], y=t[~low] - 5, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.92)
