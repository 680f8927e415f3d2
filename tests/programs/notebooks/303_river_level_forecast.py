# %%
import numpy as np
import keras
from keras import layers

# %%
# 15-minute water level at the gauge plus rainfall upstream; we want the next reading
rng = np.random.default_rng(5)
T = 6000
rain = np.clip(rng.gamma(0.12, 4, T) - 0.3, 0, None)
level = np.zeros(T)
for t in range(2, T):
    level[t] = 1.55 * level[t - 1] - 0.57 * level[t - 2] + 0.05 * rain[t - 1] + rng.normal(0, 0.02)
data = np.stack([level, rain], axis=1).astype("float32")

split = int(0.8 * T)
mu, sd = data[:split].mean(0), data[:split].std(0)
data = (data - mu) / sd

# %%
past = 32
def windows(arr):
    return keras.utils.timeseries_dataset_from_array(
        data=arr,
        targets=arr[:, 0],
        sequence_length=past,
        batch_size=128,
        shuffle=True,
        seed=1)

train_ds = windows(data[:split])
val_ds = windows(data[split:])

# %%
keras.utils.set_random_seed(3)
inputs = keras.Input((past, 2))
h = layers.Conv1D(32, 5, activation="relu", padding="causal")(inputs)
h = layers.Flatten()(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])

# %% train
es = keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)
history = model.fit(train_ds, validation_data=val_ds, epochs=12, callbacks=[es], verbose=2)

# %%
test = data[split:]
starts = range(0, len(test) - past - 1, 7)
x = np.stack([test[s:s + past] for s in starts])
truth = np.array([test[s + past, 0] for s in starts])
yhat = model.predict(x, verbose=0)[:, 0]
print("persistence MAE", np.abs(x[:, -1, 0] - truth).mean().round(3))
print("next-step MAE", np.abs(yhat - truth).mean().round(3))
