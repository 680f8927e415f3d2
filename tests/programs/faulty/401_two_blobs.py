import keras
import numpy as np
import pandas as pd
from keras.layers import Activation, Dense
from sklearn.preprocessing import LabelEncoder

SOURCE = "SO 50306988"
TITLE = "Two clearly separated point clouds, the toy net cannot tell one from the other"
TRUTH = {"learning-rate-too-low", "epochs-too-few"}
ALSO = {"hidden-activation", "capacity-too-small", "too-little-data", "batch-size", "input-not-scaled", "optimizer"}
TASK = "classification"


def _run(seed, better_rate, longer):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(110):
        rows.append([*rng.uniform(0.2, 0.4, 2), "a"])
        rows.append([*rng.uniform(0.5, 0.7, 2), "b"])
    df = pd.DataFrame(rows, columns=["x", "y", "class"])
    lab = keras.utils.to_categorical(LabelEncoder().fit_transform(df["class"]), 2)

    model = keras.Sequential()
    model.add(keras.Input((2,)))
    model.add(Dense(units=2))
    model.add(Activation("sigmoid"))
    model.add(Dense(units=2))
    model.add(Activation("softmax"))
    opt = keras.optimizers.Adam(0.03) if better_rate else "adam"
    model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=["accuracy"])
    return dict(model=model, x=df[["x", "y"]].astype("float32"), y=lab, fit=dict(epochs=60 if longer else 5, batch_size=32))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    acc = (model.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean()
    return bool(acc > 0.97 and history.history["loss"][-1] < 0.3)
