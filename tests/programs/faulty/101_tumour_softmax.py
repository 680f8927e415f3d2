import keras
import pandas as pd
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

SOURCE = "SO 31880720"
TITLE = "Tumour table: accuracy is exactly the share of benign cases in every epoch, whatever the optimizer"
TRUTH = {"output-activation"}
ALSO = {"output-units", "loss-mismatch"}
TASK = "binary classification"


def _data(seed):
    d = load_breast_cancer(as_frame=True)
    df = d.frame.sample(frac=1.0, random_state=seed)
    y = df.pop("target")
    return pd.DataFrame(StandardScaler().fit_transform(df), columns=df.columns, index=df.index), y


def _net(last):
    model = keras.Sequential([
        keras.Input((30,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation=last),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net("softmax"), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net("sigmoid"), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
