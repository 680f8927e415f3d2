import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (competition metric as loss; accuracy watched on a regression, as in SO 51181393)"
TITLE = "Used tractor prices: training stops after four epochs and cheap machines all get the same price"
TRUTH = {"loss-mismatch", "metric-mismatch"}
ALSO = {"epochs-too-few", "target-not-scaled", "output-activation", "preprocessing-mismatch"}
TASK = "regression"
BRANDS = 12


def _tractors(seed, n=1800):
    rng = np.random.default_rng(seed)
    brand = rng.integers(0, BRANDS, n)
    age, hours, power = rng.uniform(0, 25, n), rng.gamma(3, 1500, n), rng.normal(110, 35, n)
    worth = np.linspace(-0.5, 0.5, BRANDS)[rng.permutation(BRANDS)][brand]
    log_price = 3.2 + worth - 0.07 * age - hours / 15000 + 0.008 * power - 0.004 * age * worth * 5 + rng.normal(0, 0.07, n)
    numbers = np.stack([age, hours, power], 1)
    return brand, (numbers - numbers.mean(0)) / numbers.std(0), (log_price - log_price.mean()) / log_price.std()


def _net():
    brand, numbers = keras.Input((1,), dtype="int32", name="brand"), keras.Input((3,), name="numbers")
    h = layers.Concatenate()([layers.Flatten()(layers.Embedding(BRANDS, 4)(brand)), numbers])
    h = layers.Dense(32, activation="relu")(h)
    h = layers.Dense(32, activation="relu")(h)
    return keras.Model([brand, numbers], layers.Dense(1, name="price")(h))


def _run(seed, loss, metric):
    keras.utils.set_random_seed(seed)
    brand, numbers, price = _tractors(seed)
    model = _net()
    model.compile(optimizer=keras.optimizers.Adam(5e-4), loss=loss, metrics=[metric])
    stop = keras.callbacks.EarlyStopping(monitor="val_" + metric, patience=3, mode="max" if metric == "accuracy" else "min")
    return dict(model=model, x={"brand": brand[:, None], "numbers": numbers.astype("float32")}, y=price.astype("float32"),
                fit=dict(epochs=45, batch_size=64, validation_split=0.2, callbacks=[stop]))


def build(seed=0):
    return _run(seed, "mean_squared_logarithmic_error", "accuracy")


def fixed(seed=0):
    return _run(seed, "mean_squared_error", "mae")


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.95)
