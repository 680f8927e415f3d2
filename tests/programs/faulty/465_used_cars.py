import keras
import numpy as np
from keras import layers

SOURCE = "SO 45337371 and SO 46642627 together (own two-headed model)"
TITLE = "Used cars, two inputs and two outputs: price loss in the millions, 'sold' always 1"
TRUTH = {"target-not-scaled", "output-activation"}
ALSO = {"output-units", "loss-mismatch", "epochs-too-few", "learning-rate-too-low"}
TASK = "multi-output"


def _case(seed, dollars, softmax):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1800
    tech, brand = rng.normal(0, 1, (n, 5)).astype("float32"), rng.integers(0, 8, n)
    value = np.random.default_rng(9).normal(0, 1, 8)[brand]
    price = 18000 + 5000 * (tech[:, 0] - 0.7 * tech[:, 1] + value + 0.5 * tech[:, 2] * tech[:, 0])
    sold = (tech[:, 3] - 0.8 * value + np.abs(tech[:, 4]) > 0.7).astype("float32")
    if not dollars:
        price = (price - price[:1440].mean()) / price[:1440].std()
    a, b = keras.Input((5,), name="tech"), keras.Input((8,), name="brand")
    h = layers.Concatenate()([a, b])
    h = layers.Dense(64, activation="relu")(h)
    h = layers.Dense(32, activation="relu")(h)
    out = {"price": layers.Dense(1, name="price")(h),
           "sold": layers.Dense(1, activation="softmax" if softmax else "sigmoid", name="sold")(h)}
    model = keras.Model({"tech": a, "brand": b}, out)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss={"price": "mse", "sold": "binary_crossentropy"},
                  metrics={"sold": ["accuracy"]})
    x = {"tech": tech, "brand": np.eye(8, dtype="float32")[brand]}
    return dict(model=model, x=x, y={"price": price.astype("float32")[:, None], "sold": sold[:, None]},
                fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    p = model.predict(x, verbose=0)
    r2 = 1 - np.mean((p["price"] - y["price"]) ** 2) / np.var(y["price"])
    return bool(r2 > 0.8 and history.history["val_sold_accuracy"][-1] > 0.85)
