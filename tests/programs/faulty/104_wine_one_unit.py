import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "SO 50079585"
TITLE = "Three cultivars of wine: the loss turns negative, accuracy does not pass 0.7"
TRUTH = {"output-units", "loss-mismatch"}
ALSO = {"output-activation", "label-encoding"}
TASK = "classification"


def _data(seed):
    x, y = load_wine(return_X_y=True)
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    s = StandardScaler().fit(xt)
    return s.transform(xt), yt, (s.transform(xv), yv)


def _net(units, last, loss):
    model = keras.Sequential([
        keras.Input((13,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(units, activation=last),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=loss, metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed)
    return dict(model=_net(1, "sigmoid", "binary_crossentropy"), x=x, y=y,
                fit=dict(epochs=25, batch_size=16, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed)
    return dict(model=_net(3, "softmax", "sparse_categorical_crossentropy"), x=x, y=y,
                fit=dict(epochs=25, batch_size=16, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
