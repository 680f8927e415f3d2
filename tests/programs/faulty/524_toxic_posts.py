import keras
import numpy as np
from keras import layers
from sklearn.metrics import balanced_accuracy_score

SOURCE = "course project pattern: comment moderation"
TITLE = "Moderation filter has 96 % accuracy and lets nearly every nasty post through"
TRUTH = {"class-imbalance"}
ALSO = {"metric-mismatch", "epochs-too-few"}
TASK = "binary classification"


def _posts(rng, n):
    y = (rng.random(n) < 0.04).astype("float32")
    usual = np.random.default_rng(8).dirichlet(np.full(150, 0.8))
    rude = np.random.default_rng(9).dirichlet(np.full(150, 0.4))
    x = np.stack([np.where(rng.random(20) < 0.33 * t, rng.choice(150, 20, p=rude), rng.choice(150, 20, p=usual)) for t in y]) + 1
    return x.astype("int32"), y


def _case(seed, weights):
    keras.utils.set_random_seed(seed)
    x, y = _posts(np.random.default_rng(seed), 3600)
    inp = keras.Input((20,), dtype="int32")
    h = layers.GlobalAveragePooling1D()(layers.Embedding(151, 12)(inp))
    h = layers.Dense(12, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    fit = dict(epochs=6, batch_size=32, validation_split=0.3)
    if weights:
        share = float(y[:2520].mean())
        fit["class_weight"] = {0: 0.5 / (1 - share), 1: 0.5 / share}
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    p = model.predict(x[2520:], verbose=0)[:, 0] > 0.5
    return bool(balanced_accuracy_score(y[2520:] > 0.5, p) > 0.65)
