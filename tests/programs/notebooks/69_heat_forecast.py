# %%
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(121)

# %%
# hourly district heating demand; predict the next hour from the last 24
rng = np.random.default_rng(121)
idx = pd.date_range("2025-01-01", periods=24 * 90, freq="h")
temp = 4 + 6 * np.cos(2 * np.pi * (idx.hour - 15) / 24) + 0.3 * np.cumsum(rng.normal(0, 0.25, len(idx)))
demand = 300 - 9 * temp + 40 * np.sin(2 * np.pi * (idx.hour - 6) / 12) + rng.normal(0, 6, len(idx))
df = pd.DataFrame({"temp": np.asarray(temp), "demand": np.asarray(demand)}, index=idx)

# %%
n_train = int(len(df) * 0.75)
mean, std = df.iloc[:n_train].mean(), df.iloc[:n_train].std()
z = ((df - mean) / std).to_numpy(dtype="float32")
L = 24
train_ds = keras.utils.timeseries_dataset_from_array(z[:n_train][:-1], z[:n_train, 1][L:], sequence_length=L, batch_size=32, shuffle=True, seed=0)
test_ds = keras.utils.timeseries_dataset_from_array(z[n_train:][:-1], z[n_train:, 1][L:], sequence_length=L, batch_size=64, shuffle=False)

# %%
model = keras.Sequential([
    layers.Input((L, 2)),
    layers.GRU(24),
    layers.Dense(1),
])
model.compile(keras.optimizers.Adam(5e-3), loss="mse", metrics=["mae"])
plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2)

# %% train
model.fit(train_ds, validation_data=test_ds, epochs=10, callbacks=[plateau], verbose=2)

# %%
pred = model.predict(test_ds, verbose=0).ravel()
true = np.concatenate([b[1].numpy() for b in test_ds])
naive = z[n_train:, 1][L - 1:-1]
print("MAE model:", round(float(np.abs(pred - true).mean() * std.demand), 2), "MAE persistence:", round(float(np.abs(naive - true).mean() * std.demand), 2))
