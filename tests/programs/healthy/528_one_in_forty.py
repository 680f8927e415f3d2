import keras
import numpy as np
from keras import layers

SOURCE = "style of the TensorFlow tutorial on imbalanced data"
TITLE = "Fraud in one payment of forty: output bias set to the log odds, sample weights, judged by AUC"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 12000
    y = (rng.random(n) < 0.025).astype("float32")
    amount = rng.lognormal(3.2 + 1.2 * y, 0.9)
    night = rng.random(n) < 0.1 + 0.5 * y
    tries = rng.poisson(0.4 + 1.6 * y)
    rest = rng.normal(0, 1, (n, 5)) + 0.7 * y[:, None] * [1, 0, -1, 0, 0]
    x = np.column_stack([np.log(amount), night, np.log1p(tries), rest])
    x = ((x - x[:9600].mean(0)) / x[:9600].std(0)).astype("float32")
    odds = keras.initializers.Constant(np.log(y[:9600].mean() / (1 - y[:9600].mean())))
    model = keras.Sequential([
        keras.Input((8,)),
        layers.Dense(12, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid", bias_initializer=odds),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy",
                  metrics=[keras.metrics.AUC(name="auc"), keras.metrics.AUC(curve="PR", name="prc")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=128, validation_split=0.2,
                                                sample_weight=np.where(y > 0, 6.0, 1.0).astype("float32")))


def good(history, model, x, y):
    return bool(history.history["val_auc"][-1] > 0.88 and history.history["val_prc"][-1] > 0.42)
