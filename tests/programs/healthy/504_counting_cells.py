import keras
import numpy as np
from keras import layers

SOURCE = "style of object-counting tutorials (cells under the microscope)"
TITLE = "How many cells are in the image: Poisson loss, softplus on the output"
TASK = "count regression"


def images(rng, counts, size=24):
    grid = np.arange(size)
    out = rng.normal(0, 0.05, (len(counts), size, size, 1))
    for i, k in enumerate(counts):
        for r, c in rng.uniform(2, size - 3, (k, 2)):
            out[i, ..., 0] += np.exp(-((grid[:, None] - r) ** 2 + (grid - c) ** 2) / 3.0)
    return out.astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = rng.poisson(4.0, 1500)
    x = images(rng, n)
    model = keras.Sequential([
        keras.Input((24, 24, 1)),
        layers.Conv2D(12, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="softplus"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="poisson", metrics=["mae"])
    return dict(model=model, x=x, y=n.astype("float32"), fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(((p - y) ** 2).mean() / y.var() < 0.15 and history.history["val_mae"][-1] < 0.8)
