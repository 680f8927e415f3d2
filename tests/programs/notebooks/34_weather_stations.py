# %% [markdown]
# # Evapotranspiration from the orchard weather station
# Hourly means, logger export of one season. Target: lysimeter ET in mm/day.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(30)
rng = np.random.default_rng(30)


# %%
def read_logger(n=2400):
    rad = rng.gamma(4, 60, n)
    temp = 9 + 0.03 * rad + rng.normal(0, 4, n)
    rh = np.clip(95 - 1.6 * temp + rng.normal(0, 9, n), 15, 100)
    wind = rng.gamma(2, 1.1, n)
    soil = rng.uniform(0.12, 0.34, n)
    et = 0.008 * rad + 0.06 * temp * (1 - rh / 100) * np.sqrt(wind) + 0.11 * temp + rng.normal(0, 0.25, n)
    df = pd.DataFrame(dict(rad=rad, temp=temp, rh=rh, wind=wind, soil=soil, et=et))
    for col, share in [("rad", 0.03), ("temp", 0.04), ("rh", 0.03)]:
        df.loc[rng.random(n) < share, col] = -9999
    return df


station = read_logger()
station.head()

# %%
print(station.shape, "missing:", int(station.isna().sum().sum()))
station[["et"]].describe().round(2)

# %%
inputs = ["rad", "temp", "rh", "wind", "soil"]
train, test = train_test_split(station, test_size=0.25, random_state=30)
scaler = StandardScaler().fit(train[inputs])
X_train, X_test = scaler.transform(train[inputs]), scaler.transform(test[inputs])
y_train, y_test = train.et.to_numpy(), test.et.to_numpy()

# %%
model = keras.Sequential(
    [
        keras.Input((len(inputs),)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])

# %% train
history = model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=15, batch_size=32, verbose=2)

# %%
pred = model.predict(X_test, verbose=0).ravel()
print("RMSE", root_mean_squared_error(y_test, pred), "R2", r2_score(y_test, pred), "SD of target", y_test.std())
