import keras
import pandas as pd
from keras import layers
from sklearn.datasets import load_wine

SOURCE = "StackOverflow, 'Keras on the wine dataset stuck at 40 % accuracy'"
TITLE = "Wine cultivars from 13 chemical values: accuracy hangs around 0.4-0.6, sklearn gets 0.97"
TRUTH = {"input-not-scaled"}
ALSO = {"exploding-gradient", "dead-relu", "epochs-too-few"}
TASK = "classification"


def _case(seed, scale):
    keras.utils.set_random_seed(seed)
    df = load_wine(as_frame=True).frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    y = pd.get_dummies(df.pop("target")).to_numpy("float32")
    if scale:
        df = (df - df[:140].mean()) / df[:140].std()
    x = df.to_numpy("float32")
    model = keras.Sequential([
        keras.Input((13,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=30, batch_size=8, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
