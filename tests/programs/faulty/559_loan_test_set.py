import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "StackOverflow, 'val_loss is 1000 times the loss'"
TITLE = "Loan defaults: training 0.92, validation loss in the thousands, is this overfitting?"
TRUTH = {"distribution-shift"}
ALSO = {"input-not-scaled", "preprocessing-mismatch", "epochs-too-many"}
TASK = "binary classification"


def _case(seed, both):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2000
    df = pd.DataFrame({"income": rng.normal(48000, 12000, n), "loan": rng.normal(15000, 5000, n),
                       "years": rng.uniform(0, 30, n), "age": rng.integers(20, 70, n)})
    s = -(df.income - 48000) / 12000 + 1.2 * (df.loan - 15000) / 5000 - 0.08 * (df.years - 15) + rng.normal(0, 0.3, n)
    y = (s > 0).to_numpy("float32")
    xa, xb, ya, yb = train_test_split(df.to_numpy("float32"), y, test_size=0.25, random_state=seed)
    scaler = StandardScaler()
    xa = scaler.fit_transform(xa)
    if both:
        xb = scaler.transform(xb)
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(monitor="loss", patience=4)
    return dict(model=model, x=xa, y=ya, fit=dict(epochs=12, batch_size=32, validation_data=(xb, yb), callbacks=[stop]))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.87 and history.history["val_loss"][-1] < 0.5)
