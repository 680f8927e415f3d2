import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO pattern: sorted(os.listdir(...)) next to labels.csv"
TITLE = "CNN on img_0.png ... img_1796.png with labels.csv: ten per cent accuracy"
TRUTH = {"misaligned-labels"}
ALSO = {"label-noise", "label-encoding"}
TASK = "classification"


def _folder(seed):
    """A folder as it comes from the scanner: file name -> image, and the csv in the order of scanning."""
    rng = np.random.default_rng(seed)
    pics, digit = load_digits(return_X_y=True)
    i = rng.permutation(len(digit))
    pics = np.clip(pics[i] + rng.normal(0, 0.8, pics.shape), 0, 16)
    files = {f"img_{k}.png": p for k, p in enumerate(pics)}
    return files, pd.DataFrame({"file": list(files), "digit": digit[i]})


def _case(seed, by_name):
    keras.utils.set_random_seed(seed)
    files, table = _folder(seed)
    names = sorted(files)
    x = np.stack([files[f] for f in names]).reshape(-1, 8, 8, 1).astype("float32") / 16.0
    labels = table.set_index("file")["digit"].loc[names] if by_name else table["digit"]
    y = keras.utils.to_categorical(labels.to_numpy(), 10)
    inp = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, activation="relu")(inp)
    h = layers.Flatten()(h)
    h = layers.Dense(48, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(10, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.003), "categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2,
                                               callbacks=[keras.callbacks.ReduceLROnPlateau(patience=4)]))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
