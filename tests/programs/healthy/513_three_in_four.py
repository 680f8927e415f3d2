import keras
import numpy as np
from keras import layers

SOURCE = "synthetic: churn whose best possible accuracy is about 76 %"
TITLE = "The outcome is half luck: accuracy stops at three in four because nobody could do better"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (6000, 7)).astype("float32")
    logit = 1.1 * x[:, 0] - 0.9 * x[:, 1] + 0.9 * x[:, 2] * x[:, 3] + 0.5 * x[:, 4]
    y = (rng.random(6000) < 1 / (1 + np.exp(-logit))).astype("int32")
    model = keras.Sequential([
        keras.Input((7,)),
        layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy", "AUC"])
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    return dict(model=model, x=x, y=y, fit=dict(epochs=30, batch_size=64, validation_split=0.25, callbacks=[stop]))


def good(history, model, x, y):
    logit = 1.1 * x[:, 0] - 0.9 * x[:, 1] + 0.9 * x[:, 2] * x[:, 3] + 0.5 * x[:, 4]
    v = slice(4500, None)
    best = ((logit[v] > 0) == y[v]).mean()
    mine = ((model.predict(x[v], verbose=0).ravel() > 0.5) == y[v]).mean()
    return bool(mine > best - 0.025 and mine > 0.7)
