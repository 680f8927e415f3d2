import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic (log of a column with zeros; SO 39525358 for the raw columns)"
TITLE = "River discharge from gauge readings: every prediction is the same number"
TRUTH = {"nonfinite-input", "input-not-scaled"}
ALSO = {"exploding-gradient", "preprocessing-mismatch", "dead-relu"}
TASK = "regression"


def _readings(seed, n=1500):
    rng = np.random.default_rng(seed)
    altitude = rng.uniform(80, 2400, n)
    rain = np.where(rng.random(n) < 0.22, 0.0, rng.gamma(1.3, 9.0, n)).round(1)
    df = pd.DataFrame({
        "altitude_m": altitude.round(0),
        "pressure_hpa": (1013 * np.exp(-altitude / 8400) + rng.normal(0, 6, n)).round(1),
        "catchment_km2": rng.lognormal(5.0, 0.6, n).round(1),
        "soil_moisture": rng.beta(4, 5, n).round(3),
        "temperature_c": (17 - altitude * 0.006 + rng.normal(0, 4, n)).round(1),
        "rain_mm": rain,
    })
    runoff = np.log1p(rain) * (0.2 + 1.6 * df.soil_moisture ** 2) + 0.35 * np.maximum(0, 4 - df.temperature_c) / 4
    df["discharge"] = np.log(df.catchment_km2) * 0.25 + runoff + rng.normal(0, 0.08, n)
    return df


def _model(n):
    inp = keras.Input((n,))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(48, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])
    return model


def _run(seed, log, scaled):
    keras.utils.set_random_seed(seed)
    df = _readings(seed)
    with np.errstate(divide="ignore"):
        df["log_rain"] = log(df.rain_mm)
    x = df.drop(columns=["discharge", "rain_mm"]).astype("float32")
    y = df["discharge"].astype("float32")
    y = (y - y[:1200].mean()) / y[:1200].std()
    if scaled:
        x = (x - x[:1200].mean()) / x[:1200].std()
    return dict(model=_model(x.shape[1]), x=x[:1200], y=y[:1200],
                fit=dict(epochs=30, batch_size=32, validation_data=(x[1200:], y[1200:])))


def build(seed=0):
    return _run(seed, np.log, scaled=False)


def fixed(seed=0):
    return _run(seed, np.log1p, scaled=True)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.15)
