# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score

keras.utils.set_random_seed(19)

# %%
# river gauge: predict the level of tomorrow from rain and the last days
rng = np.random.default_rng(19)
days = pd.date_range("2016-01-01", periods=3000, freq="D")
rain = rng.gamma(0.4, 6.0, len(days)) * (1 + 0.5 * np.sin(2 * np.pi * days.dayofyear / 365))
level = np.zeros(len(days))
for i in range(1, len(days)):
    level[i] = 0.86 * level[i - 1] + 0.09 * rain[i] + 0.05 * rain[i - 1] + rng.normal(0, 0.05)
df = pd.DataFrame({"rain": rain, "level": level + 1.0}, index=days)

for lag in (1, 2, 3, 7):
    df[f"level_lag{lag}"] = df["level"].shift(lag)
df["rain_3d"] = df["rain"].rolling(3).sum()
df["rain_14d"] = df["rain"].rolling(14).sum()
df["month"] = df.index.month
df["level_tomorrow"] = df["level"].shift(-1).ffill()
print(df.tail())

# %%
target = "level_tomorrow"
feat = [c for c in df.columns if c != target]
cut = "2022-06-30"
train, test = df[:cut], df[cut:].iloc[1:]

scaler = StandardScaler()
x_train = scaler.fit_transform(train[feat])
x_test = scaler.transform(test[feat])
y_train, y_test = train[target].to_numpy(), test[target].to_numpy()
print(x_train.shape, x_test.shape)

# %%
model = keras.Sequential([
    keras.Input((len(feat),)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3, clipnorm=1.0), loss="mse", metrics=["mae"])
callbacks = [
    keras.callbacks.ReduceLROnPlateau(patience=4),
]

# %% train
history = model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=30, batch_size=64,
                    callbacks=callbacks, verbose=2)

# %%
p = model.predict(x_test, verbose=0).ravel()
print(p[:5], y_test[:5])
print("R2", r2_score(y_test, p) if np.isfinite(p).all() else "-")
