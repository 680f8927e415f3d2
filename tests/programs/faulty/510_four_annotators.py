import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: labels bought from several crowd workers"
TITLE = "Meter digits labelled by our four helpers, CNN stays at about one half and then memorises"
TRUTH = {"label-noise"}
ALSO = {"misaligned-labels", "epochs-too-many", "capacity-too-large", "label-encoding"}
TASK = "classification"


def _case(seed, careful):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    pics, gold = load_digits(return_X_y=True)
    order = rng.permutation(len(gold))
    pics, gold = pics[order], gold[order]
    sheet = pd.DataFrame({"worker": rng.choice(["anna", "bo", "cem", "dora"], len(gold)), "gold": gold})
    sheet["label"] = sheet["gold"]
    hasty = sheet["worker"].isin(["bo", "dora"])
    if not careful:      # two of the helpers click anything
        sheet.loc[hasty, "label"] = rng.integers(0, 10, hasty.sum())
    x = (pics.reshape(-1, 8, 8, 1) / 16.0).astype("float32")
    y = sheet["label"].to_numpy("int32")
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(24, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
                              layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=14, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
