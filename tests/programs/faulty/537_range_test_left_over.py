import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

SOURCE = "course notebook; pattern: callback of the cell above is still in the list"
TITLE = "Tumour data: good in the first epochs, afterwards the loss climbs and accuracy collapses"
TRUTH = {"learning-rate-too-high"}
ALSO = {"exploding-gradient", "epochs-too-many", "dead-relu"}
TASK = "binary classification"


def _case(seed, schedule):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i], y[i].astype("float32")[:, None]
    k = 430
    sc = StandardScaler().fit(x[:k])
    x = sc.transform(x).astype("float32")
    train = tf.data.Dataset.from_tensor_slices((x[:k], y[:k])).shuffle(k, seed=seed).batch(16)
    val = tf.data.Dataset.from_tensor_slices((x[k:], y[k:])).batch(64)
    model = keras.Sequential([
        keras.Input((30,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(
        epochs=21, validation_data=val, callbacks=[keras.callbacks.LearningRateScheduler(schedule)]))


def build(seed=0):
    return _case(seed, lambda epoch: 1e-4 * 10 ** (epoch / 4))


def fixed(seed=0):
    return _case(seed, lambda epoch: 1e-3)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.92 and h["val_loss"][-1] < 0.3)
