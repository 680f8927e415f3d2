# %%
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(44)
rng = np.random.default_rng(44)

# %%
t = np.arange(900)
level = np.sin(2 * np.pi * t / 25) + 0.5 * np.sin(2 * np.pi * t / 60) + rng.normal(0, 0.05, 900)
window = 20
X = np.array([level[i:i + window] for i in range(900 - window)])[..., None]
y = level[window:].reshape(-1, 1)
x_train, y_train, x_test, y_test = X[:700], y[:700], X[700:], y[700:]

# %%
model = keras.Sequential([
    layers.Input((window, 1)),
    layers.GRU(24),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
