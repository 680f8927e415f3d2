import keras
import numpy as np
from keras import layers

SOURCE = "style of the Keras functional guide: several inputs, several outputs"
TITLE = "Tickets: words, two categories and numbers in, priority and hours out, loss weights"
TASK = "multi-output"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    truth = np.random.default_rng(41)
    by_team, by_product = truth.normal(0, 1, 12), truth.normal(0, 1, 40)
    rng = np.random.default_rng(seed)
    n = 2000
    team, product = rng.integers(0, 12, n), rng.integers(0, 40, n)
    numbers = rng.normal(0, 1, (n, 3)).astype("float32")
    score = by_team[team] + by_product[product] + 0.8 * numbers[:, 0]
    priority = (score > 0.2).astype("float32")[:, None]
    hours = (by_product[product] + np.abs(numbers[:, 1]) + rng.normal(0, 0.1, n)).astype("float32")[:, None]
    x = {"team": team, "product": product, "numbers": numbers}
    y = {"priority": priority, "hours": hours}

    a = keras.Input((), dtype="int32", name="team")
    b = keras.Input((), dtype="int32", name="product")
    c = keras.Input((3,), name="numbers")
    h = layers.Concatenate()([layers.Embedding(12, 4)(a), layers.Embedding(40, 6)(b), c])
    h = layers.Dense(48, activation="relu")(h)
    h = layers.Dense(24, activation="relu")(h)
    model = keras.Model({"team": a, "product": b, "numbers": c}, {
        "priority": layers.Dense(1, activation="sigmoid", name="priority")(h),
        "hours": layers.Dense(1, name="hours")(h),
    })
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss={"priority": "binary_crossentropy", "hours": "huber"},
                  loss_weights={"priority": 1.0, "hours": 0.5}, metrics={"priority": ["accuracy"], "hours": ["mae"]})
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_priority_accuracy"][-1] > 0.88 and history.history["val_hours_mae"][-1] < 0.35)
