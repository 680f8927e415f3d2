import keras
import numpy as np
from keras import layers, regularizers
from scipy.ndimage import gaussian_filter

SOURCE = "pattern: TF1 code (keep_prob=0.9) moved to Keras, after advice 'add more regularisation'"
TITLE = "Fabric textures: accuracy near chance in training too, loss starts huge and sinks to ln(3)"
TRUTH = {"dropout", "regularization"}
ALSO = {"capacity-too-small"}
TASK = "classification"

KEEP = 0.9


def _fabric(seed, n=1000, size=16):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    white = rng.normal(0, 1, (n, size, size))
    smooth = [gaussian_filter(white, s) for s in ((0, 1.6, 0.4), (0, 0.4, 1.6), (0, 0.8, 0.8))]
    x = np.choose(y[:, None, None], [s / s.std() for s in smooth]) + rng.normal(0, 0.4, white.shape)
    return x[..., None].astype("float32"), keras.utils.to_categorical(y, 3)


def _case(seed, rate, decay):
    keras.utils.set_random_seed(seed)
    x, y = _fabric(seed)
    reg = regularizers.L2(decay)
    model = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(12, 3, activation="relu", kernel_regularizer=reg), layers.Dropout(rate),
        layers.Conv2D(12, 3, strides=2, activation="relu", kernel_regularizer=reg), layers.Dropout(rate),
        layers.GlobalAveragePooling2D(),
        layers.Dense(24, activation="relu", kernel_regularizer=reg), layers.Dropout(rate),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, KEEP, 0.3)


def fixed(seed=0):
    return _case(seed, round(1 - KEEP, 2), 1e-4)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.9 and h["val_loss"][-1] < 0.2)
