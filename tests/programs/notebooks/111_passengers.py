# %%
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import LSTM, Dense, Input

keras.utils.set_random_seed(35)
rng = np.random.default_rng(35)

# %%
months = np.arange(480)
series = 260 + 90 * np.sin(2 * np.pi * months / 12) + 35 * np.sin(2 * np.pi * months / 60) + rng.normal(0, 8, 480)
look_back = 24
X = np.array([series[i:i + look_back] for i in range(len(series) - look_back)])[..., None]
y = series[look_back:].reshape(-1, 1)
x_train, y_train = X[:360], y[:360]
x_test, y_test = X[360:], y[360:]

# %%
model = Sequential()
model.add(Input((look_back, 1)))
model.add(LSTM(24, return_sequences=True))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.01))

# %% train
history = model.fit(x_train, y_train, epochs=25, batch_size=16, validation_data=(x_test, y_test), verbose=0)

# %%
forecast = model.predict(x_test, verbose=0)
print(forecast.shape, history.history["loss"][-1])
