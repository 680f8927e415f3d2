import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "SO 38648195"
TITLE = "Several tags per photo: the network never gives more than one of them"
TRUTH = {"output-activation"}
ALSO = {"loss-mismatch"}
TASK = "multi-label classification"


def _data(seed, n=2000):
    w = np.random.default_rng(77).normal(0, 1, (20, 6))
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 20))
    y = (x @ w / np.sqrt(20) + 0.1 * rng.normal(0, 1, (n, 6)) > -0.2).astype("float32")
    x = x.astype("float32")
    mk = tf.data.Dataset.from_tensor_slices
    return mk((x[:1600], y[:1600])).shuffle(1600, seed=seed).batch(32), mk((x[1600:], y[1600:])).batch(100)


def _net(last):
    model = keras.Sequential([
        keras.Input((20,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(6, activation=last),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy",
                  metrics=[keras.metrics.BinaryAccuracy(name="tag_accuracy"), keras.metrics.Recall(name="recall")])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = _data(seed)
    return dict(model=_net("softmax"), x=train, y=None, fit=dict(epochs=15, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = _data(seed)
    return dict(model=_net("sigmoid"), x=train, y=None, fit=dict(epochs=15, validation_data=val))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_tag_accuracy"][-1] > 0.85 and h["val_recall"][-1] > 0.85)
