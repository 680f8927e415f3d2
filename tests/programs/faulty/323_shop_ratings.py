import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: customer and article numbers used as numeric columns, one huge batch"
TITLE = "Will the customer like the article? dict inputs, loss stays at 0.69"
TRUTH = {"categorical-as-ordinal", "batch-size"}
ALSO = {"epochs-too-few", "capacity-too-small", "learning-rate-too-low"}
TASK = "binary classification, several inputs"

USERS, ITEMS = 60, 40


def ratings(seed, n=4000):
    taste = np.random.default_rng(31)
    u, a = taste.normal(0, 1.2, USERS), taste.normal(0, 1.2, ITEMS)
    rng = np.random.default_rng(seed)
    user, item, hour = rng.integers(0, USERS, n), rng.integers(0, ITEMS, n), rng.uniform(-1, 1, n)
    y = (u[user] + a[item] + 0.4 * hour + rng.normal(0, 0.2, n) > 0).astype("float32")
    return {"user": user, "item": item, "hour": hour.astype("float32")}, y


def network(codes):
    ins = {k: keras.Input((1,), name=k) for k in ("user", "item", "hour")}
    if codes:
        u = layers.CategoryEncoding(USERS, output_mode="one_hot")(ins["user"])
        a = layers.CategoryEncoding(ITEMS, output_mode="one_hot")(ins["item"])
    else:
        u = layers.Rescaling(2.0 / USERS, offset=-1.0)(ins["user"])
        a = layers.Rescaling(2.0 / ITEMS, offset=-1.0)(ins["item"])
    h = layers.Concatenate()([u, a, ins["hour"]])
    h = layers.Dense(32, activation="relu")(h)
    m = keras.Model(ins, layers.Dense(1, activation="sigmoid")(h))
    m.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return m


def _make(seed, codes, batch):
    keras.utils.set_random_seed(seed)
    x, y = ratings(seed)
    x = {k: v[:, None] for k, v in x.items()}
    return dict(model=network(codes), x=x, y=y, fit=dict(epochs=12, batch_size=batch, validation_split=0.2))


def build(seed=0):
    return _make(seed, False, 3200)


def fixed(seed=0):
    return _make(seed, True, 32)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
