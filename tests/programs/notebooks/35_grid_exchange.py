# %% [markdown]
# # Net grid exchange of a building with solar panels
# kWh per hour, positive = import, negative = export to the grid. Features from weather forecast and calendar.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(14)
rng = np.random.default_rng(14)

# %%
hours = pd.date_range("2025-04-01", periods=3000, freq="h")
df = pd.DataFrame(index=hours)
df["hour"] = df.index.hour
df["weekend"] = (df.index.dayofweek >= 5).astype(int)
df["cloud"] = np.clip(rng.beta(1.3, 1.6, len(df)), 0, 1)
df["temp"] = 14 + 6 * np.sin((df.hour - 9) / 24 * 2 * np.pi) + rng.normal(0, 2, len(df))
sun = np.clip(np.sin((df.hour - 6) / 12 * np.pi), 0, None)
load = 3.2 + 2.4 * ((df.hour >= 7) & (df.hour <= 20)) * (1 - 0.5 * df.weekend) + 0.12 * np.abs(df.temp - 19)
df["net_kwh"] = load - 14 * sun * (1 - 0.75 * df.cloud) + rng.normal(0, 0.5, len(df))
df["hour_sin"], df["hour_cos"] = np.sin(df.hour / 24 * 2 * np.pi), np.cos(df.hour / 24 * 2 * np.pi)
df.net_kwh.describe().round(2)

# %%
cols = ["hour_sin", "hour_cos", "weekend", "cloud", "temp"]
train, valid = df.iloc[:2400], df.iloc[2400:]
scaler = StandardScaler().fit(train[cols])
X_train, X_valid = scaler.transform(train[cols]), scaler.transform(valid[cols])
y_train, y_valid = train.net_kwh.to_numpy(), valid.net_kwh.to_numpy()


# %%
def make_model(width=48):
    inp = keras.Input((len(cols),))
    h = layers.Dense(width, activation="relu")(inp)
    h = layers.Dense(width, activation="relu")(h)
    out = layers.Dense(1, activation="relu", name="net_kwh")(h)
    return keras.Model(inp, out)


model = make_model()
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])

# %% train
history = model.fit(X_train, y_train, validation_data=(X_valid, y_valid), epochs=25, batch_size=32, verbose=2)

# %%
pred = model.predict(X_valid, verbose=0).ravel()
print("MAE", mean_absolute_error(y_valid, pred), "R2", r2_score(y_valid, pred))
print(pd.DataFrame({"true": y_valid, "pred": pred}).groupby(valid.hour.to_numpy()).mean().round(2))
