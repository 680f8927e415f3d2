# %% [markdown]
# # Next-quarter-hour load of a feeder
# Meter data of one feeder, a GRU over the last 24 readings with a few derived columns.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(6)

CFG = {"lookback": 24, "smooth": 5, "units": 40, "batch": 128, "epochs": 12, "lr": 2e-3}


def read_meter(days=110, seed=15):
    rng = np.random.default_rng(seed)
    idx = pd.date_range("2023-02-01", periods=days * 96, freq="15min")
    tod = (idx.hour + idx.minute / 60).to_numpy()
    shape = 3 * np.exp(-((tod - 8) ** 2) / 5) + 5 * np.exp(-((tod - 19) ** 2) / 7)
    drift = np.cumsum(rng.normal(0, 0.03, len(idx)))
    appliances = rng.normal(0, 1.2, len(idx))          # short-lived switching, unrelated in time
    return pd.DataFrame({"kw": 12 + shape + drift + appliances}, index=idx)


def add_features(df):
    tod = df.index.hour + df.index.minute / 60
    df["tod_sin"], df["tod_cos"] = np.sin(2 * np.pi * tod / 24), np.cos(2 * np.pi * tod / 24)
    df["kw_smooth"] = df["kw"].rolling(CFG["smooth"], center=True, min_periods=1).mean()
    df["kw_diff"] = df["kw"].diff().fillna(0.0)
    return df


df = add_features(read_meter())
FEATURES = ["kw", "kw_smooth", "kw_diff", "tod_sin", "tod_cos"]
cut1, cut2 = int(len(df) * 0.7), int(len(df) * 0.85)
train_df, val_df, test_df = df[:cut1], df[cut1:cut2], df[cut2:]

# %%
x_scaler = StandardScaler().fit(train_df[FEATURES])
y_mean, y_std = train_df["kw"].mean(), train_df["kw"].std()


def windows(frame):
    z = x_scaler.transform(frame[FEATURES]).astype("float32")
    y = ((frame["kw"] - y_mean) / y_std).to_numpy("float32")
    n = len(frame) - CFG["lookback"]
    X = np.stack([z[i:i + CFG["lookback"]] for i in range(n)])
    return X, y[CFG["lookback"]:]


x_train, y_train = windows(train_df)
x_val, y_val = windows(val_df)
x_test, y_test = windows(test_df)
print(x_train.shape, x_val.shape, x_test.shape)


# %%
class TemporalAttention(layers.Layer):
    """Weighted mean over the GRU states."""

    def build(self, shape):
        self.score = layers.Dense(1)
        self.score.build(shape)

    def call(self, h):
        w = keras.ops.softmax(self.score(h), axis=1)
        return keras.ops.sum(w * h, axis=1)


def build():
    inp = keras.Input((CFG["lookback"], len(FEATURES)))
    h = layers.GRU(CFG["units"], return_sequences=True)(inp)
    x = layers.Concatenate()([TemporalAttention()(h), h[:, -1], inp[:, -6:, :2][:, :, 0], inp[:, -6:, :2][:, :, 1]])
    x = layers.Dense(32, activation="relu")(x)
    model = keras.Model(inp, layers.Dense(1)(x))
    model.compile(optimizer=keras.optimizers.Adam(CFG["lr"]), loss="mse", metrics=["mae"])
    return model


# %% train
model = build()
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=CFG["epochs"],
                    batch_size=CFG["batch"], verbose=2,
                    callbacks=[keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)])

# %%
pred = model.predict(x_test, verbose=0).ravel() * y_std + y_mean
true = y_test * y_std + y_mean
print("test MAE %.3f kW; last reading %.3f kW" % (
    np.abs(pred - true).mean(), np.abs(np.diff(test_df["kw"].to_numpy()))[CFG["lookback"] - 1:].mean()))
