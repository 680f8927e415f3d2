import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "synthetic; pattern: the scaler is applied to the training part only"
TITLE = "Wine: perfect on the training set, one single class for the whole validation set"
TRUTH = {"distribution-shift"}
ALSO = {"input-not-scaled", "preprocessing-mismatch", "too-little-data", "capacity-too-large"}
TASK = "classification"


def _split(seed):
    x, y = load_wine(return_X_y=True)
    y = keras.utils.to_categorical(y, 3)
    return train_test_split(x, y, test_size=0.3, stratify=y, random_state=seed)


def _net():
    model = keras.Sequential([
        keras.Input((13,)),
        layers.Dense(24, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    xt, xv, yt, yv = _split(seed)
    xt = StandardScaler().fit_transform(xt)
    return dict(model=_net(), x=xt, y=yt, fit=dict(epochs=20, batch_size=16, validation_data=(xv, yv)))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    xt, xv, yt, yv = _split(seed)
    scaler = StandardScaler().fit(xt)
    return dict(model=_net(), x=scaler.transform(xt), y=yt,
                fit=dict(epochs=20, batch_size=16, validation_data=(scaler.transform(xv), yv)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
