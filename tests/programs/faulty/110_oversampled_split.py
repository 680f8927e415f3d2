import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

SOURCE = "synthetic; pattern: oversampling before the train/validation split"
TITLE = "Loan defaults: validation accuracy 0.97 in the notebook, a third of the defaults missed in next month's applications"
TRUTH = {"data-leakage"}
ALSO = {"capacity-too-large", "epochs-too-many", "too-little-data", "label-noise"}
TASK = "binary classification"


def _draw(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 20))
    score = 1.6 * x[:, 0] - 1.2 * x[:, 1] + 0.8 * x[:, 2] + rng.normal(0, 1.5, n)
    return x.astype("float32"), (score > 2.6).astype("float32")


def _oversample(x, y, seed):
    rng = np.random.default_rng(seed)
    pos, neg = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    i = rng.permutation(np.concatenate([neg, rng.choice(pos, len(neg))]))
    return x[i], y[i]


def _net():
    model = keras.Sequential([
        keras.Input((20,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _fit(val):
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)
    return dict(epochs=40, batch_size=32, validation_data=val, callbacks=[stop])


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _oversample(*_draw(seed, 700), seed)
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.2, random_state=seed)
    return dict(model=_net(), x=xt, y=yt, fit=_fit((xv, yv)))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _draw(seed, 700)
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.2, stratify=y, random_state=seed)
    (xt, yt), (xv, yv) = _oversample(xt, yt, seed), _oversample(xv, yv, seed)
    return dict(model=_net(), x=xt, y=yt, fit=_fit((xv, yv)))


def good(history, model, x, y):
    new, truth = _draw(9_999, 6000)
    p = model.predict(new, batch_size=512, verbose=0).ravel() > 0.5
    balanced = 0.5 * (p[truth == 1].mean() + (~p[truth == 0]).mean())
    return bool(balanced > 0.65 and history.history["val_accuracy"][-1] - balanced < 0.14)
