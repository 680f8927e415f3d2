import keras
import numpy as np
import pandas as pd
from keras.layers import Dense
from sklearn.model_selection import train_test_split

SOURCE = "SO 46995209 (own plant data)"
TITLE = "Reactor yield with twelve squashing layers in a row: the same number is predicted for every row"
TRUTH = {"input-not-scaled", "hidden-activation", "vanishing-gradient"}
ALSO = {"capacity-too-large", "optimizer", "learning-rate-too-low", "epochs-too-few", "weight-init"}
TASK = "regression"


def plant(seed, n=1200):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "temp_K": rng.normal(640, 45, n),
        "press_kPa": rng.normal(2300, 400, n),
        "flow": rng.normal(55, 9, n),
        "ph": rng.normal(6.8, 0.4, n),
    })
    z = (df - df.mean()) / df.std()
    out = z["temp_K"] - 0.7 * z["press_kPa"] * z["ph"] + 0.5 * np.abs(z["flow"]) + rng.normal(0, 0.1, n)
    return df, ((out - out.mean()) / out.std()).rename("yield")


def _run(seed, scale, relu):
    keras.utils.set_random_seed(seed)
    df, target = plant(seed)
    xt, xv, yt, yv = train_test_split(df, target, test_size=0.2, random_state=1)
    if scale:
        mu, sd = xt.mean(), xt.std()
        xt, xv = (xt - mu) / sd, (xv - mu) / sd
    model = keras.Sequential([keras.Input((4,))])
    for k in range(12):
        model.add(Dense(24, activation="relu", kernel_initializer="he_normal") if relu else Dense(24, activation="sigmoid"))
    model.add(Dense(1))
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.001), metrics=["mae"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=25, batch_size=16, validation_data=(xv, yv)))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    return bool(min(history.history["val_loss"][-8:]) < 0.25)
