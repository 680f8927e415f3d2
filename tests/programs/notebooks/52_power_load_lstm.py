# %%
import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score
from tensorflow import keras
from tensorflow.keras.layers import Input, LSTM, Dense

keras.utils.set_random_seed(0)

# %%
idx = pd.date_range("2024-01-01", periods=24 * 80, freq="h")
rng = np.random.default_rng(0)
load = (42000 + 9000 * np.sin(2 * np.pi * (idx.hour - 8) / 24)
        + 4000 * (idx.dayofweek < 5) + rng.normal(0, 900, len(idx)))
df = pd.DataFrame({"load_mw": np.asarray(load, dtype=float)}, index=idx)
df.describe()

# %%
values = df["load_mw"].to_numpy(dtype="float32")
n_lags = 24
X = np.stack([values[i:i + n_lags] for i in range(len(values) - n_lags)])[..., np.newaxis]
y = values[n_lags:]
cut = int(len(X) * 0.8)
X_train, y_train, X_test, y_test = X[:cut], y[:cut], X[cut:], y[cut:]

# %%
model = keras.Sequential()
model.add(Input((n_lags, 1)))
model.add(LSTM(32))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer="adam")

# %% train
model.fit(X_train, y_train, epochs=12, batch_size=32, validation_data=(X_test, y_test), verbose=2)

# %%
pred = model.predict(X_test, verbose=0).ravel()
print(pred[:10])
print("R2:", round(r2_score(y_test, pred), 3), "MAE:", round(float(mean_absolute_error(y_test, pred)), 3))
