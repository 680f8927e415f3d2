import keras
import numpy as np
from keras import layers

SOURCE = "synthetic: field trials where the weather explains the other forty percent"
TITLE = "R2 stays at 0.6 as the noise allows, log-cosh loss, decoupled weight decay"
TASK = "regression"


def signal(x):
    return x[:, 0] + 0.8 * np.abs(x[:, 1]) - 0.6 * x[:, 2] * x[:, 0] + 0.4 * np.sin(2 * x[:, 3])


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (3000, 8)).astype("float32")
    clean = signal(x)
    y = clean + rng.normal(0, clean.std() * np.sqrt(0.4 / 0.6), 3000)
    y = (y - y[:2400].mean()) / y[:2400].std()
    model = keras.Sequential([
        keras.Input((8,)),
        layers.Dense(32, activation="swish"),
        layers.Dense(16, activation="swish"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.AdamW(0.003, weight_decay=0.02), loss="log_cosh", metrics=["r2_score"])
    stop = keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True)
    return dict(model=model, x=x, y=y.astype("float32")[:, None],
                fit=dict(epochs=25, batch_size=64, validation_split=0.2, callbacks=[stop]))


def good(history, model, x, y):
    p, y = model.predict(x[2400:], verbose=0), y[2400:]
    return bool(1 - ((p - y) ** 2).mean() / y.var() > 0.52)
