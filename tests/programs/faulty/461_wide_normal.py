import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 48385830"
TITLE = "Digits, hand-made initialiser and SGD: loss about forty, accuracy 0.1"
TRUTH = {"weight-init", "learning-rate-too-high"}
ALSO = {"hidden-activation", "vanishing-gradient", "exploding-gradient"}
TASK = "classification"


def _case(seed, wide, fast):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), keras.utils.to_categorical(y[i], 10)

    def init(k):
        return keras.initializers.RandomNormal(0.0, 5.0, seed=seed + k) if wide else "glorot_normal"
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(48, activation="tanh", kernel_initializer=init(1)),
        layers.Dense(32, activation="tanh", kernel_initializer=init(2)),
        layers.Dense(10, activation="softmax", kernel_initializer=init(3)),
    ])
    model.compile(optimizer=keras.optimizers.SGD(3.0 if fast else 0.1), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.88 and h["val_loss"][-1] < 0.5)
