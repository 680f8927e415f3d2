import keras
import pandas as pd
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

SOURCE = "style of scikit-learn cross-validation around a Keras net"
TITLE = "One fold of five on 178 rows in a data frame: small batches, light L2, validation a little noisy"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    d = load_wine(as_frame=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    train, val = next(folds.split(d.data, d.target))
    scaler = StandardScaler().set_output(transform="pandas").fit(d.data.iloc[train])
    xt, xv = scaler.transform(d.data.iloc[train]), scaler.transform(d.data.iloc[val])
    yt = pd.get_dummies(d.target.iloc[train], dtype="float32")
    yv = pd.get_dummies(d.target.iloc[val], dtype="float32")
    model = keras.Sequential([
        keras.Input((13,)),
        layers.Dense(12, activation="relu", kernel_regularizer="l2"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=25, batch_size=8, validation_data=(xv, yv)))


def good(history, model, x, y):
    return bool(history.history["accuracy"][-1] > 0.93 and history.history["val_accuracy"][-1] > 0.88)
