# %%
# bike sharing, one row = one station and one hour
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.model_selection import train_test_split
from sklearn.metrics import r2_score

keras.utils.set_random_seed(11)

# %%
rng = np.random.default_rng(11)
n = 6000
df = pd.DataFrame({
    "hour": rng.integers(0, 24, n),
    "weekend": rng.integers(0, 2, n),
    "temp_c": rng.normal(14, 8, n).round(1),
    "humidity": rng.uniform(25, 100, n).round(),
    "residents_1km": rng.lognormal(9.3, 0.7, n).round(),
    "dist_center_m": rng.gamma(2.0, 2200, n).round(),
    "docks": rng.integers(8, 40, n),
})
peak = np.exp(-((df.hour - 8) / 2.0) ** 2) + 1.2 * np.exp(-((df.hour - 17.5) / 2.5) ** 2)
df["rides"] = (
    6 + 40 * peak * (1 - 0.6 * df.weekend)
    + 0.9 * df.temp_c - 0.08 * df.humidity
    + 9 * np.log(df.residents_1km / 5000) - 0.0012 * df.dist_center_m + 0.4 * df.docks
    + rng.normal(0, 4, n)
).clip(lower=0)
df.describe().T

# %%
features = ["hour", "weekend", "temp_c", "humidity", "residents_1km", "dist_center_m", "docks"]
X = df[features].to_numpy("float32")
y = df["rides"].to_numpy("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

y_mean, y_std = y_train.mean(), y_train.std()
y_train_s = (y_train - y_mean) / y_std
y_test_s = (y_test - y_mean) / y_std

# %%
model = keras.Sequential([
    keras.Input(shape=(len(features),)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss="mse", metrics=["mae"])
model.summary()

# %% train
history = model.fit(X_train, y_train_s, validation_data=(X_test, y_test_s), epochs=25, batch_size=64, verbose=2)

# %%
pred = model.predict(X_test, verbose=0).ravel() * y_std + y_mean
print(pred[:8], y_test[:8])
if np.isfinite(pred).all():
    print("R2:", r2_score(y_test, pred))
