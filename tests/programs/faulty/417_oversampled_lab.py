import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

SOURCE = "synthetic; pattern: rows repeated before the split, no early stopping"
TITLE = "Lab assay: validation accuracy 1.0, yet on the next batch of samples the model is useless"
TRUTH = {"data-leakage", "epochs-too-many"}
ALSO = {"capacity-too-large", "too-little-data", "label-noise", "regularization", "dropout"}
TASK = "binary classification"


def assay(seed, n=180):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 20))
    y = (x[:, :4].sum(1) + rng.normal(0, 1.2, n) > 0).astype("float32")
    return x.astype("float32"), y


def _run(seed, split_first, stop_early):
    keras.utils.set_random_seed(seed)
    x, y = assay(seed)
    if split_first:
        xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, random_state=seed)
        xt, yt = np.tile(xt, (6, 1)), np.tile(yt, 6)
    else:
        xt, xv, yt, yv = train_test_split(np.tile(x, (6, 1)), np.tile(y, 6), test_size=0.25, random_state=seed)
    model = keras.Sequential([keras.Input((20,)), layers.Dense(128, activation="relu"), layers.Dense(64, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    cb = [keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)] if stop_early else []
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=40, batch_size=32, validation_data=(xv, yv), callbacks=cb))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    xn, yn = assay(9000, 1500)          # samples of the next batch
    p = model.predict(xn, verbose=0).ravel().clip(1e-6, 1 - 1e-6)
    return bool(-np.mean(yn * np.log(p) + (1 - yn) * np.log(1 - p)) < 0.72)
