import keras
import numpy as np
from keras import layers

SOURCE = "DeepLocalize GitHub case gol_nn (own boards)"
TITLE = "One step of the Game of Life: every cell is predicted dead, error does not move"
TRUTH = {"optimizer", "learning-rate-too-low"}
ALSO = {"epochs-too-few", "loss-mismatch", "class-imbalance", "capacity-too-small"}
TASK = "binary classification per cell"


def boards(seed, n=600, size=12):
    rng = np.random.default_rng(seed)
    a = (rng.random((n, size, size)) < 0.35).astype("int64")
    nb = sum(np.roll(a, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) - a
    b = ((nb == 3) | ((a == 1) & (nb == 2))).astype("float32")
    pad = np.pad(a, ((0, 0), (1, 1), (1, 1)), mode="wrap").astype("float32")
    return pad[..., None], b[..., None]


def net(opt):
    model = keras.Sequential()
    model.add(keras.Input((14, 14, 1)))
    model.add(layers.Conv2D(24, 3, activation="relu"))
    model.add(layers.Conv2D(12, 1, activation="relu"))
    model.add(layers.Conv2D(1, 1, activation="sigmoid"))
    model.compile(optimizer=opt, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = boards(seed)
    return dict(model=net("sgd"), x=X, y=y, fit=dict(epochs=15, batch_size=16, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = boards(seed)
    return dict(model=net(keras.optimizers.Adam(0.01)), x=X, y=y, fit=dict(epochs=15, batch_size=16, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.95)
