# %% [markdown]
# # Day-ahead heat load of a district heating network
# The network predicts the *correction* to the load of the same hour one week earlier.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(9)

PAST, HORIZON, WEEK = 48, 24, 168


def simulate(hours=24 * 7 * 70, seed=4):
    rng = np.random.default_rng(seed)
    idx = pd.date_range("2021-01-04", periods=hours, freq="h")
    t = np.arange(hours)
    season = 9 - 9 * np.cos(2 * np.pi * (t / 24 - 20) / 365)
    weather = np.zeros(hours)
    for i in range(1, hours):
        weather[i] = 0.985 * weather[i - 1] + rng.normal(0, 0.55)
    temp = season + weather + 2.5 * np.sin(2 * np.pi * (t % 24 - 9) / 24)
    morning = 9 * np.exp(-((t % 24 - 7) ** 2) / 6) + 6 * np.exp(-((t % 24 - 19) ** 2) / 8)
    weekend = np.where(idx.dayofweek >= 5, 0.75, 1.0)
    load = 18 + weekend * morning + 2.1 * np.maximum(16 - temp, 0) + rng.normal(0, 1.6, hours)
    return pd.DataFrame({"load": load, "temp": temp}, index=idx)


df = simulate()
df["sin_h"] = np.sin(2 * np.pi * df.index.hour / 24)
df["cos_h"] = np.cos(2 * np.pi * df.index.hour / 24)
df["weekend"] = (df.index.dayofweek >= 5).astype(float)


# %%
def samples(frame):
    """past: 48 h of load+temperature; plan: the 24 h to come with the weather forecast.

    The temperature forecast is known at the time of prediction (here: the measured
    temperature plus forecast error), the load of the coming day isn't.
    """
    rng = np.random.default_rng(len(frame))
    load = frame["load"].to_numpy()
    temp = frame["temp"].to_numpy()
    forecast = temp + rng.normal(0, 0.8, len(temp))
    cal = frame[["sin_h", "cos_h", "weekend"]].to_numpy()
    past, plan, naive, target = [], [], [], []
    for t in range(WEEK, len(frame) - HORIZON, 6):
        nxt, ago = slice(t, t + HORIZON), slice(t - WEEK, t - WEEK + HORIZON)
        past.append(np.c_[load[t - PAST:t], temp[t - PAST:t]])
        plan.append(np.c_[forecast[nxt], temp[ago], load[ago], cal[nxt]])
        naive.append(load[ago])
        target.append(load[nxt] - load[ago])
    return [np.array(a, "float32") for a in (past, plan, naive, target)]


split = int(len(df) * 0.8)
train, val = samples(df.iloc[:split]), samples(df.iloc[split:])


class Standardizer:
    def __init__(self, a):
        self.mean = a.reshape(-1, a.shape[-1]).mean(0)
        self.std = a.reshape(-1, a.shape[-1]).std(0)

    def __call__(self, a):
        return (a - self.mean) / self.std


s_past, s_plan = Standardizer(train[0]), Standardizer(train[1])
unit = float(train[3].std())
to_xy = lambda d: ([s_past(d[0]), s_plan(d[1])], d[3] / unit)
x_train, y_train = to_xy(train)
x_val, y_val = to_xy(val)
print(len(y_train), "train days,", len(y_val), "validation days, unit", round(unit, 2))


# %%
def build():
    past = keras.Input((PAST, 2), name="past")
    plan = keras.Input((HORIZON, 6), name="plan")
    h = layers.GRU(32)(past)
    x = layers.Concatenate()([plan, layers.RepeatVector(HORIZON)(h)])
    x = layers.Dense(64, activation="gelu")(x)
    x = layers.Conv1D(48, 3, padding="same", activation="gelu")(x)
    out = layers.Dense(1, kernel_initializer="zeros")(x)
    model = keras.Model([past, plan], layers.Reshape((HORIZON,))(out))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=keras.losses.Huber(1.0), metrics=["mae"])
    return model


# %% train
model = build()
history = model.fit(
    x_train, y_train, validation_data=(x_val, y_val), epochs=30, batch_size=64, shuffle=True, verbose=2,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3),
               keras.callbacks.EarlyStopping(monitor="val_loss", patience=7, restore_best_weights=True)])

# %%
pred = model.predict(x_val, verbose=0) * unit + val[2]
truth = val[3] + val[2]
print("MAE model %.2f MW, week-ago %.2f MW" % (np.abs(pred - truth).mean(), np.abs(val[2] - truth).mean()))
