# %%
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(33)
rng = np.random.default_rng(33)

# %% hourly heat demand of a district network
hours = pd.date_range("2022-10-01", periods=3600, freq="h")
weather = np.zeros(3600)
for i in range(1, 3600):
    weather[i] = 0.93 * weather[i - 1] + rng.normal(0, 1.1)
daily = 6 * np.sin(2 * np.pi * (hours.hour - 5) / 24) + 2 * np.cos(4 * np.pi * hours.hour / 24)
df = pd.DataFrame({"demand": 42 + daily + 1.5 * weather + rng.normal(0, 1.5, 3600)}, index=hours)
df["trend"] = df["demand"].rolling(7, center=True, min_periods=1).mean()
df["hour_sin"] = np.sin(2 * np.pi * hours.hour / 24)
df["hour_cos"] = np.cos(2 * np.pi * hours.hour / 24)

# %%
cut = int(len(df) * 0.8)
mu, sd = df.iloc[:cut].mean(), df.iloc[:cut].std()
scaled = ((df - mu) / sd).to_numpy("float32")

def windows(block, length=24):
    X = np.stack([block[i:i + length] for i in range(len(block) - length)])
    return X, block[length:, 0]

X_train, y_train = windows(scaled[:cut])
X_val, y_val = windows(scaled[cut:])

# %%
inp = keras.Input(X_train.shape[1:])
state = layers.GRU(24)(inp)
out = layers.Dense(1)(layers.Dense(16, activation="relu")(state))
forecaster = keras.Model(inp, out)
forecaster.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])

# %% train
history = forecaster.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=8, batch_size=64, verbose=2)
