import keras
import numpy as np
from keras import layers
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

SOURCE = "synthetic (overlapping windows of one recording on both sides of a random split)"
TITLE = "Engine knock detector: 99 % in validation, hardly better than guessing on the next day's recordings"
TRUTH = {"data-leakage"}
ALSO = {"epochs-too-many", "too-little-data", "capacity-too-large", "regularization"}
TASK = "binary"
BANDS = 16


def _recordings(seed, n=200, windows=8):
    """Band energies of windows: every engine sounds in its own way, some of them knock."""
    rng = np.random.default_rng(seed)
    knock = rng.integers(0, 2, n)
    pattern = np.linspace(-1, 1, BANDS) * 0.4
    own = rng.normal(0, 1, (n, BANDS)) + (knock[:, None] - 0.5) * pattern * 2
    x = own[:, None] + rng.normal(0, 0.25, (n, windows, BANDS))
    return x.reshape(-1, BANDS).astype("float32"), np.repeat(knock, windows).astype("float32"), np.repeat(np.arange(n), windows)


def _net():
    model = keras.Sequential([
        keras.Input((BANDS,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, splitter):
    keras.utils.set_random_seed(seed)
    x, y, engine = _recordings(seed)
    train, val = next(splitter(n_splits=1, test_size=0.3, random_state=seed).split(x, y, engine))
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    return dict(model=_net(), x=x[train], y=y[train],
                fit=dict(epochs=25, batch_size=32, validation_data=(x[val], y[val]), callbacks=[stop]))


def build(seed=0):
    return _run(seed, ShuffleSplit)


def fixed(seed=0):
    return _run(seed, GroupShuffleSplit)


def good(history, model, x, y):
    """The number shown in validation holds for engines of another day."""
    x, y, _ = _recordings(9000)
    another_day = np.mean((model.predict(x, verbose=0).ravel() > 0.5) == y)
    shown = history.history["val_accuracy"][int(np.argmin(history.history["val_loss"]))]
    return bool(another_day > 0.65 and shown - another_day < 0.12)
