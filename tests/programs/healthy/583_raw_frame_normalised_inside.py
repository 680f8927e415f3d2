import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "style of keras.io structured-data classification"
TITLE = "Raw income, age and postcode columns: Normalization and Embedding inside the model"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2400
    df = pd.DataFrame({"income": rng.normal(52000, 14000, n), "age": rng.integers(18, 80, n), "postcode": rng.integers(0, 25, n)})
    effect = np.random.default_rng(6).normal(0, 1.2, 25)[df["postcode"]]
    y = (effect + (df["income"] - 52000) / 14000 + (df["age"] - 49) / 30 > 0).astype("int64").to_numpy()
    numbers = df[["income", "age"]].to_numpy("float32")
    norm = layers.Normalization()
    norm.adapt(numbers[:1920])
    a, b = keras.Input((2,), name="numbers"), keras.Input((1,), dtype="int32", name="postcode")
    h = layers.Concatenate()([norm(a), layers.Flatten()(layers.Embedding(25, 4)(b))])
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model({"numbers": a, "postcode": b}, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x={"numbers": numbers, "postcode": df[["postcode"]].to_numpy("int32")}, y=y,
                fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
