# %%
import numpy as np
from scipy.signal import savgol_filter
import tensorflow as tf
from tensorflow.keras import layers, models

tf.keras.utils.set_random_seed(14)
tf.keras.utils.set_random_seed(14)
rng = np.random.default_rng(14)

# %% daily inflow (m3/s) into a reservoir and rainfall upstream
days = 4000
rain = rng.gamma(0.4, 6.0, days)
inflow = np.full(days, 20.0)
for d in range(1, days):
    inflow[d] = 4 + 0.78 * inflow[d - 1] + 0.25 * rain[d] + rng.normal(0, 1.2)
smooth = savgol_filter(inflow, window_length=11, polyorder=2)
season = np.sin(2 * np.pi * np.arange(days) / 365.25)
table = np.column_stack([inflow, rain, smooth, season]).astype("float32")

# %%
n_train = 3200
table = (table - table[:n_train].mean(axis=0)) / table[:n_train].std(axis=0)
lookback, ahead = 14, 2

def make_ds(part, shuffle):
    return tf.keras.utils.timeseries_dataset_from_array(
        part[:-(lookback + ahead - 1)], part[lookback + ahead - 1:, 0],
        sequence_length=lookback, batch_size=64, shuffle=shuffle)

train_ds = make_ds(table[:n_train], True)
val_ds = make_ds(table[n_train:], False)

# %%
model = models.Sequential([
    layers.Input((lookback, 4)),
    layers.Conv1D(32, 3, padding="causal", activation="relu"),
    layers.Conv1D(32, 3, padding="causal", activation="relu"),
    layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(1),
])
model.compile(optimizer="adam", loss="mae", metrics=["mse"])

# %% train
fit = model.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)
