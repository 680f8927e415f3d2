# %%
import numpy as np
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers

# %% [markdown]
# Predict the energy use intensity of office buildings from the cadastre table

# %%
rng = np.random.default_rng(11)
n = 2400
df = pd.DataFrame({
    "floor_area_m2": rng.lognormal(8.3, 0.8, n).round(),
    "year_built": rng.integers(1890, 2023, n),
    "window_ratio": rng.uniform(0.1, 0.7, n).round(3),
    "u_wall": rng.uniform(0.12, 1.8, n).round(3),
    "occupants": rng.poisson(60, n),
    "heating_degree_days": rng.normal(3100, 450, n).round(),
    "asset_value_eur": rng.lognormal(14.5, 0.7, n).round(),
})
df["eui"] = (45 + 38 * df.u_wall * df.heating_degree_days / 3100 + 90 * (df.window_ratio - 0.35) ** 2 * 4
             + 0.12 * (2023 - df.year_built) - 4 * np.log(df.floor_area_m2 / 4000) + rng.normal(0, 4, n))
df.describe()

# %%
feature_cols = [c for c in df.columns if c != "eui"]
X_train, X_test, y_train, y_test = train_test_split(
    df[feature_cols].to_numpy("float32"), df["eui"].to_numpy("float32"), test_size=0.2, random_state=0)

# %%
keras.utils.set_random_seed(1)
model = keras.Sequential([
    layers.Input(shape=(len(feature_cols),)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
history = model.fit(X_train, y_train, validation_split=0.2, epochs=40, batch_size=32, verbose=2)

# %%
pred = model.predict(X_test, verbose=0).ravel()
print("test R2", round(r2_score(y_test, pred), 3))
