import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: 'training accuracy 100 %, validation loss keeps rising'"
TITLE = "Expression panel: training loss zero, validation loss climbs for a hundred epochs"
TRUTH = {"capacity-too-large", "epochs-too-many"}
ALSO = {"too-little-data", "regularization", "dropout"}
TASK = "binary classification"


def _data(seed, n=360):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 40))
    p = 1 / (1 + np.exp(-(1.6 * x[:, 0] - 1.6 * x[:, 1] + 1.2 * x[:, 2] + 1.2 * x[:, 3])))
    return x.astype("float32"), (rng.random(n) < p).astype("float32")


def _case(seed, huge):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    model = keras.Sequential([keras.Input((40,))])
    for w in ((256, 256, 128) if huge else (4,)):
        model.add(layers.Dense(w, activation="relu", kernel_regularizer=None if huge else keras.regularizers.L2(0.03)))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(0.001 if huge else 0.01), loss="binary_crossentropy", metrics=["accuracy"])
    fit = dict(epochs=100, batch_size=32, validation_split=0.4)
    if not huge:
        fit["callbacks"] = [keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)]
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.7)
