import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

SOURCE = "synthetic; pattern: labels -1/+1 left over from an SVM, moved to a sigmoid network"
TITLE = "Breast cancer table: the loss goes below zero, further each epoch, accuracy 0.6"
TRUTH = {"label-encoding"}
ALSO = {"loss-mismatch", "output-activation", "metric-mismatch"}
TASK = "binary classification"


def _case(seed, low):
    keras.utils.set_random_seed(seed)
    x, t = load_breast_cancer(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(t))
    x, t = StandardScaler().fit_transform(x[i]).astype("float32"), t[i]
    y = np.where(t == 1, 1, low).astype("float32")
    inp = keras.Input((30,))
    h = layers.Dense(24, kernel_initializer="he_normal")(inp)
    h = layers.LeakyReLU(negative_slope=0.1)(h)
    h = layers.Dense(12, activation="tanh")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.BinaryCrossentropy(), metrics=["accuracy"])

    def rate(epoch, lr):
        return lr * 0.5 if epoch == 20 else lr
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2,
                                                callbacks=[keras.callbacks.LearningRateScheduler(rate)]))


def build(seed=0):
    return _case(seed, -1)


def fixed(seed=0):
    return _case(seed, 0)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
