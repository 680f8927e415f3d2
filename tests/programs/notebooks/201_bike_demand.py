# %% [markdown]
# # Hourly bike rentals
# Two winters and two summers of history for training, the last two months (Jan/Feb) to validate,
# because that is how the planning team will use it.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.metrics import mean_absolute_error, r2_score

keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)

# %%
idx = pd.date_range("2022-01-01", "2024-02-29 23:00", freq="h")
n = len(idx)
doy = idx.dayofyear.to_numpy()
hour = idx.hour.to_numpy()
season = -np.cos(2 * np.pi * (doy - 20) / 365.25)
day_noise = np.repeat(rng.normal(0, 3.5, n // 24 + 1), 24)[:n]
temp = 11 + 11 * season + 3 * np.sin(2 * np.pi * (hour - 9) / 24) + day_noise
humidity = np.clip(72 - 12 * season - 5 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 8, n), 20, 100)
wind = rng.gamma(3.0, 4.0, n)
p_rain = 0.12 + 0.08 * (humidity > 75)
u = rng.random(n)
weather = np.where(u < p_rain, np.where(temp < 1, "snow", "rain"), np.where(u < p_rain + 0.3, "cloudy", "clear"))
df = pd.DataFrame({"temp": temp, "humidity": humidity, "wind": wind, "weather": weather,
                   "daytype": np.where(idx.dayofweek < 5, "work", "weekend"), "hour": hour}, index=idx)

commute = 1.1 * np.exp(-((hour - 8) ** 2) / 3) + 1.4 * np.exp(-((hour - 17.5) ** 2) / 5)
leisure = 1.2 * np.exp(-((hour - 14) ** 2) / 18)
shape = np.where(df.daytype == "work", commute, leisure)
log_mu = (3.2 + 1.6 * shape + 0.065 * df.temp - 0.0011 * np.clip(df.temp - 24, 0, None) ** 2
          - 0.015 * df.wind - 0.006 * (df.humidity - 70)
          + df.weather.map({"clear": 0.15, "cloudy": 0.0, "rain": -0.6, "snow": -0.9}))
df["rentals"] = rng.poisson(np.exp(log_mu + rng.normal(0, 0.12, n)))
df.describe().round(1)

# %%
numeric = ["temp", "humidity", "wind"]
categorical = ["weather", "daytype", "hour"]
prep = ColumnTransformer([
    ("num", Pipeline([("scale", StandardScaler())]), numeric),
    ("cat", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), categorical),
])


def to_xy(frame):
    X = prep.fit_transform(frame[numeric + categorical]).astype("float32")
    y = np.log1p(frame["rentals"].to_numpy()).astype("float32")
    return X, y


train_df = df.loc[:"2023-12-31"]
valid_df = df.loc["2024-01-01":]
X_train, y_train = to_xy(train_df)
X_valid, y_valid = to_xy(valid_df)
print(X_train.shape, X_valid.shape)

# %%
model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])

# %% train
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
history = model.fit(X_train, y_train, validation_data=(X_valid, y_valid),
                    epochs=15, batch_size=256, verbose=2)

# %%
pred = np.expm1(model.predict(X_valid, verbose=0)[:, 0])
print("R2 train", r2_score(y_train, model.predict(X_train, verbose=0)[:, 0]))
print("R2 valid", r2_score(y_valid, np.log1p(pred)))
print("MAE valid (rentals/h)", mean_absolute_error(valid_df.rentals, pred),
      "mean rentals", valid_df.rentals.mean(), "mean predicted", pred.mean())
