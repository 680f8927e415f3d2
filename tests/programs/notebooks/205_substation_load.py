# %% [markdown]
# Next-hour load of a substation from the past two days (load, temperature, calendar).

# %%
import numpy as np
import pandas as pd
import tensorflow as tf
import keras

tf.random.set_seed(1)
np.random.seed(1)

# %%
t = pd.date_range("2023-01-01", periods=24 * 400, freq="h")
hod, dow, doy = t.hour.values, t.dayofweek.values, t.dayofyear.values
temp = 10 - 9 * np.cos(2 * np.pi * doy / 365) + 4 * np.sin(2 * np.pi * (hod - 9) / 24)
ar = np.zeros(len(t)); ar_t = np.zeros(len(t))
for i in range(1, len(t)):
    ar[i] = 0.9 * ar[i - 1] + np.random.normal(0, 1.6)
    ar_t[i] = 0.97 * ar_t[i - 1] + np.random.normal(0, 0.5)
temp = temp + ar_t
load = (60 + 14 * np.sin(2 * np.pi * (hod - 8) / 24) + 6 * np.sin(4 * np.pi * (hod - 5) / 24)
        - 7 * (dow >= 5) + 0.9 * np.clip(15 - temp, 0, None) + ar)
df = pd.DataFrame({"load": load, "temp": temp, "sin": np.sin(2 * np.pi * hod / 24),
                   "cos": np.cos(2 * np.pi * hod / 24), "weekend": (dow >= 5) * 1.0}, index=t)

# %%
n_train, n_val = int(0.7 * len(df)), int(0.15 * len(df))
mean, std = df.iloc[:n_train].mean(), df.iloc[:n_train].std()
z = ((df - mean) / std).to_numpy("float32")
WINDOW = 48


def windows(a, shuffle):
    return keras.utils.timeseries_dataset_from_array(
        data=a, targets=a[:, 0], sequence_length=WINDOW, batch_size=64, shuffle=shuffle, seed=1)


train_ds = windows(z[:n_train], True)
val_ds = windows(z[n_train:n_train + n_val], False)
test = z[n_train + n_val:]

# %%
inputs = keras.Input((WINDOW, z.shape[1]))
x = keras.layers.Conv1D(32, 5, activation="relu")(inputs)
x = keras.layers.Conv1D(16, 5, activation="relu")(x)
x = keras.layers.Flatten()(x)
x = keras.layers.Dense(32, activation="relu")(x)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)

# %% train
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="huber", metrics=["mae"])
callbacks = [keras.callbacks.EarlyStopping("val_loss", patience=6, restore_best_weights=True),
             keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=3)]
history = model.fit(train_ds, validation_data=val_ds, epochs=12, callbacks=callbacks, verbose=2)

# %%
# replay of the last weeks, hour by hour, the way the control room would run it
X = np.stack([test[i:i + WINDOW] for i in range(len(test) - WINDOW)])
actual = test[WINDOW:, 0]
forecast = model.predict(X, verbose=0)[:, 0]
s = std["load"]
print("validation MAE (MW):", min(history.history["val_mae"]) * s)
print("replay MAE (MW):", np.abs(forecast - actual).mean() * s)
print("repeat last hour MAE (MW):", np.abs(X[:, -1, 0] - actual).mean() * s)
