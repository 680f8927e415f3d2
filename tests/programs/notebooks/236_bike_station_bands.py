# %% [markdown]
# # Demand bands for a bike station (P10 / P50 / P90)
# The dispatcher stocks the station up to P90. Trained on winter and spring, checked on summer.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers, ops
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(14)

QUANTILES = [0.1, 0.5, 0.9]
CFG = {"hidden": (64, 64), "lr": 2e-3, "batch": 256, "epochs": 30}


def station(seed=27):
    rng = np.random.default_rng(seed)
    idx = pd.date_range("2023-01-01", "2023-08-31 23:00", freq="h")
    doy, hour = idx.dayofyear.to_numpy(), idx.hour.to_numpy()
    temp = 11 - 11 * np.cos(2 * np.pi * (doy - 15) / 365) + 4 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 3, len(idx))
    rain = rng.gamma(0.3, 1.5, len(idx))
    work = (idx.dayofweek < 5).astype(float)
    peak = work * (20 * np.exp(-((hour - 8) ** 2) / 3) + 24 * np.exp(-((hour - 17.5) ** 2) / 5)) \
        + (1 - work) * 18 * np.exp(-((hour - 14) ** 2) / 14)
    level = (4 + peak) * np.clip(0.35 + 0.045 * temp, 0.1, None) * np.exp(-0.12 * rain)
    trips = level * rng.gamma(8.0, 1 / 8.0, len(idx)) + rng.normal(0, 0.5, len(idx))
    return pd.DataFrame({"temp": temp, "rain": rain, "work": work, "hour": hour,
                         "trips": np.maximum(trips, 0)}, index=idx)


df = station()
train_df, val_df = df[:"2023-05-31"], df["2023-06-01":]
print(train_df.describe().loc[["mean", "std"]].round(2))
print(val_df.describe().loc[["mean", "std"]].round(2))


# %%
def features(frame):
    h = frame["hour"].to_numpy()
    waves = [f(2 * np.pi * k * h / 24) for k in (1, 2, 3) for f in (np.sin, np.cos)]
    return np.c_[frame[["temp", "rain", "work"]].to_numpy(), np.stack(waves, axis=1)]


def prepare(frame):
    x = StandardScaler().fit_transform(features(frame)).astype("float32")
    y = frame[["trips"]].to_numpy("float32")
    return x, y


x_train, y_train = prepare(train_df)
x_val, y_val = prepare(val_df)


# %%
class PinballLoss(keras.losses.Loss):
    def __init__(self, quantiles, **kw):
        super().__init__(**kw)
        self.q = np.array(quantiles, "float32")[None, :]

    def call(self, y_true, y_pred):
        err = y_pred - y_true
        return ops.mean(ops.maximum(self.q * err, (self.q - 1.0) * err), axis=-1)


def build():
    inp = keras.Input((x_train.shape[1],))
    x = inp
    for units in CFG["hidden"]:
        x = layers.Dense(units, activation="elu")(x)
    model = keras.Model(inp, layers.Dense(len(QUANTILES))(x))
    model.compile(optimizer=keras.optimizers.Adam(CFG["lr"]), loss=PinballLoss(QUANTILES))
    return model


# %% train
model = build()
history = model.fit(
    x_train, y_train, validation_data=(x_val, y_val), epochs=CFG["epochs"], batch_size=CFG["batch"], verbose=2,
    callbacks=[keras.callbacks.ReduceLROnPlateau(patience=5, factor=0.5)])

# %%
for name, x, y in [("train", x_train, y_train), ("summer", x_val, y_val)]:
    p = model.predict(x, verbose=0)
    below = (y <= p).mean(axis=0)
    print(name, {"P%d" % (100 * q): round(float(b), 3) for q, b in zip(QUANTILES, below)},
          "mean trips %.2f, mean P50 %.2f" % (y.mean(), p[:, 1].mean()))
