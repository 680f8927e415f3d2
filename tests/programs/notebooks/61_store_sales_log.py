# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(4)

# %%
rng = np.random.default_rng(4)
n = 3000
df = pd.DataFrame({
    "promo": rng.integers(0, 2, n),
    "competition_km": rng.gamma(2.0, 2.5, n),
    "weekday": rng.integers(0, 7, n),
    "temp": rng.normal(14, 7, n),
})
base = 6.0 + 0.4 * df.promo - 0.05 * df.competition_km + 0.15 * np.sin(df.weekday) + 0.01 * df.temp
df["sales"] = np.exp(base + rng.normal(0, 0.2, n)).round(0)
df["open"] = ((df.weekday != 6) | (rng.uniform(size=n) < 0.7)).astype(int)
df.loc[df.open == 0, "sales"] = 0
df.sales.describe()

# %%
y = np.log(df["sales"].to_numpy()).astype("float32")
weekday = pd.get_dummies(df.weekday, prefix="wd").astype("float32")
num = df[["promo", "open", "competition_km", "temp"]].astype("float32")
X = np.hstack([num.values, weekday.values])
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

# %%
norm = layers.Normalization()
norm.adapt(X_train)
model = keras.Sequential([
    layers.Input((X.shape[1],)), norm,
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])

# %% train
model.fit(X_train, y_train, epochs=15, batch_size=32, validation_data=(X_test, y_test), verbose=2)

# %%
pred = model.predict(X_test, verbose=0).ravel()
print(np.exp(pred[:5]))
print("MAE on log scale:", np.abs(pred - y_test).mean())
