import keras
from keras import layers
from sklearn.datasets import make_circles

SOURCE = "course forum (make_circles exercise)"
TITLE = "Inner and outer ring: four layers, still 50 %, more layers do not help"
TRUTH = {"hidden-activation", "learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer", "capacity-too-small"}
TASK = "binary classification"


def _case(seed, act, lr):
    keras.utils.set_random_seed(seed)
    x, y = make_circles(1200, noise=0.08, factor=0.5, random_state=seed)
    x, y = (x * 1.4).astype("float32"), y.astype("float32")
    model = keras.Sequential([
        keras.Input((2,)),
        layers.Dense(24, activation=act),
        layers.Dense(24, activation=act),
        layers.Dense(12, activation=act),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(lr), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, None, 1e-6)


def fixed(seed=0):
    return _case(seed, "relu", 0.005)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9 and history.history["val_loss"][-1] < 0.4)
