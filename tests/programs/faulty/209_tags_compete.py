import keras
import numpy as np
from keras import layers

SOURCE = "SO 38648195"
TITLE = "Five independent tags per item: never more than one tag is predicted, recall is low"
TRUTH = {"output-activation", "loss-mismatch"}
ALSO = {"metric-mismatch", "class-imbalance", "epochs-too-few"}
TASK = "multi-label classification"


def _items(seed, n=2000):
    w = np.random.default_rng(17).normal(0, 1, (15, 5))
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 15))
    return x.astype("float32"), (x @ w + rng.normal(0, 0.5, (n, 5)) > 0.3).astype("float32")


def _net(last, loss):
    inp = keras.Input((15,))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(48, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(5, activation=last, name="tags")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss,
                  metrics=["binary_accuracy", keras.metrics.Recall(name="recall")])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _items(seed)
    return dict(model=_net("softmax", "categorical_crossentropy"), x=x, y=y,
                fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _items(seed)
    return dict(model=_net("sigmoid", "binary_crossentropy"), x=x, y=y,
                fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_binary_accuracy"][-1] > 0.85 and history.history["val_recall"][-1] > 0.8)
