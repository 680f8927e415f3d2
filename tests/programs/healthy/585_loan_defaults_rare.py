import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; style of keras.io imbalanced classification"
TITLE = "Six in a hundred loans fail; raw columns, category lookup and Normalization inside the model"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 3200
    df = pd.DataFrame({
        "income": rng.lognormal(10.6, 0.4, n),
        "loan": rng.lognormal(9.2, 0.6, n),
        "late_payments": rng.poisson(0.8, n),
        "purpose": rng.choice(["car", "house", "study", "other"], n, p=[0.4, 0.2, 0.1, 0.3]),
    })
    s = (2.2 * (df.late_payments - 0.8) - 3.0 * (np.log(df.income) - 10.6) + 2.2 * (np.log(df.loan) - 9.2)
         + df.purpose.map({"car": 0.0, "house": -1.0, "study": 1.5, "other": 0.5}) + rng.normal(0, 0.4, n))
    y = (s > np.quantile(s, 0.94)).astype("int64").to_numpy()
    num = df[["income", "loan", "late_payments"]].to_numpy("float32")
    codes = pd.Categorical(df.purpose).codes.astype("int32")[:, None]
    norm = layers.Normalization()
    norm.adapt(num[:2560])
    a, b = keras.Input((3,), name="num"), keras.Input((1,), dtype="int32", name="purpose")
    h = layers.Concatenate()([norm(a), layers.CategoryEncoding(4, output_mode="one_hot")(b)])
    h = layers.Dense(32, activation="relu")(h)
    h = layers.Dense(16, activation="relu")(h)
    model = keras.Model({"num": a, "purpose": b}, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy",
                  metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall")])
    return dict(model=model, x={"num": num, "purpose": codes}, y=y,
                fit=dict(epochs=15, batch_size=64, validation_split=0.2, class_weight={0: 1.0, 1: 6.0}))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_auc"][-1] > 0.95 and h["val_recall"][-1] > 0.7 and h["val_accuracy"][-1] > 0.9)
