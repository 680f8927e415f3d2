# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.metrics import mean_absolute_error

keras.utils.set_random_seed(9)

# %%
# hourly heat demand of a district heating network
rng = np.random.default_rng(9)
t = pd.date_range("2024-01-01", periods=24 * 200, freq="h")
drift = np.zeros(len(t))
for i in range(1, len(t)):
    drift[i] = 0.97 * drift[i - 1] + rng.normal(0, 0.8)
hour = t.hour.to_numpy()
load = 30 + 6 * np.sin(2 * np.pi * (hour - 6) / 24) + 2 * drift + rng.normal(0, 0.3, len(t))
df = pd.DataFrame({
    "load": load,
    "sin_h": np.sin(2 * np.pi * hour / 24),
    "cos_h": np.cos(2 * np.pi * hour / 24),
}, index=t)

# %%
SEQ = 36
cut = int(len(df) * 0.8)
mean, std = df["load"][:cut].mean(), df["load"][:cut].std()
df["load"] = (df["load"] - mean) / std
train, val = df[:cut], df[cut:]

def make_ds(frame, shuffle):
    data = frame.to_numpy("float32")
    return keras.utils.timeseries_dataset_from_array(
        data=data,
        targets=data[:, 0],
        sequence_length=SEQ,
        batch_size=64,
        shuffle=shuffle,
    )

train_ds = make_ds(train, True)
val_ds = make_ds(val, False)

# %%
model = keras.Sequential([
    keras.Input((SEQ, 3)),
    layers.Conv1D(16, 5, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])

# %% train
history = model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=2)

# %%
# how would it have done live? last 36 hours in, next hour out
v = val.to_numpy("float32")
live = np.stack([v[i:i + SEQ] for i in range(len(v) - SEQ)])
nxt = v[SEQ:, 0]
fc = model.predict(live, verbose=0).ravel()
print("val_mae during training:", history.history["val_mae"][-1])
print("live mae:", mean_absolute_error(nxt, fc), " 'same as last hour' mae:", mean_absolute_error(nxt, live[:, -1, 0]))
