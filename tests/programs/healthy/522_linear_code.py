import keras
import numpy as np
from keras import layers

SOURCE = "style of posts comparing PCA with an autoencoder"
TITLE = "Linear autoencoder: two Dense layers without any activation, on purpose"
TASK = "autoencoder"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    source = rng.laplace(0, 1, (2500, 5))
    x = source @ rng.normal(0, 1, (5, 24)) + rng.normal(0, 0.4, (2500, 24))
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    model = keras.Sequential([
        keras.Input((24,)),
        layers.Dense(5, use_bias=False, name="code"),
        layers.Dense(24, name="back"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return dict(model=model, x=x, y=x, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    best = (np.linalg.svd(x - x.mean(0), compute_uv=False)[5:] ** 2).sum() / x.size     # what PCA leaves
    return bool(((model.predict(x, verbose=0) - x) ** 2).mean() < 1.15 * best)
