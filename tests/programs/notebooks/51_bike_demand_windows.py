# %%
import numpy as np
import matplotlib.pyplot as plt
import keras
from keras import layers

rng = np.random.default_rng(2)

# %%
# hourly bike rentals, 120 days
t = np.arange(24 * 120)
daily = np.sin(2 * np.pi * (t - 7) / 24) + 0.6 * np.sin(4 * np.pi * t / 24)
weekly = 0.4 * np.sin(2 * np.pi * t / (24 * 7))
noise = rng.normal(0, 0.5, len(t))
rentals = 200 + 80 * daily + 40 * weekly + 60 * noise
plt.plot(rentals[:24 * 7])

# %%
split = 24 * 90
mean, std = rentals[:split].mean(), rentals[:split].std()
series = (rentals - mean) / std

WINDOW = 48
def make_windows(s):
    X, y = [], []
    for i in range(len(s) - WINDOW):
        X.append(s[i:i + WINDOW])
        y.append(s[i + WINDOW - 1])
    return np.array(X, dtype="float32")[..., None], np.array(y, dtype="float32")

X_train, y_train = make_windows(series[:split])
X_test, y_test = make_windows(series[split:])
print(X_train.shape, y_train.shape)

# %%
model = keras.Sequential([
    layers.Input((WINDOW, 1)),
    layers.Conv1D(16, 5, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=15, batch_size=64, verbose=2)

# %%
forecast = model.predict(X_test, verbose=0).ravel()
r2 = 1 - np.mean((forecast - y_test) ** 2) / np.var(y_test)
print("next-hour forecast R2:", round(float(r2), 4), "MAE rentals:", round(float(np.abs(forecast - y_test).mean() * std), 1))
