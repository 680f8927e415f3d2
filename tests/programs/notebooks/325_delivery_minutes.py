# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

# %% food delivery: how many minutes from order to door?
rng = np.random.default_rng(62)
n = 4000
zones = [f"Z{c:03d}" for c in rng.permutation(900)[:40]]
kitchens = [f"kitchen_{i}" for i in range(30)]
zone_delay = dict(zip(zones, rng.normal(0, 7, 40)))
kitchen_delay = dict(zip(kitchens, rng.normal(0, 6, 30)))
orders = pd.DataFrame({
    "zone": rng.choice(zones, n), "kitchen": rng.choice(kitchens, n),
    "km": rng.gamma(3, 0.9, n), "items": rng.integers(1, 9, n), "rain_mm": rng.exponential(0.7, n)})
orders["minutes"] = (18 + 2.5 * orders.km + 0.8 * orders["items"] + 1.2 * orders.rain_mm
                     + orders.zone.map(zone_delay) + orders.kitchen.map(kitchen_delay) + rng.normal(0, 2, n))

# %%
tr, te = train_test_split(orders, test_size=0.2, random_state=1)
prep = ColumnTransformer([
    ("cat", Pipeline([("codes", OrdinalEncoder()), ("scale", StandardScaler())]), ["zone", "kitchen"]),
    ("num", StandardScaler(), ["km", "items", "rain_mm"])])
X_tr, X_te = prep.fit_transform(tr), prep.transform(te)
t_mu, t_sd = tr.minutes.mean(), tr.minutes.std()
y_tr, y_te = (tr.minutes - t_mu) / t_sd, (te.minutes - t_mu) / t_sd

# %%
tf.keras.utils.set_random_seed(1)
eta = tf.keras.Sequential([
    tf.keras.Input((X_tr.shape[1],)),
    tf.keras.layers.Dense(32, activation="relu"),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(1)])
eta.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
eta.fit(X_tr, y_tr.values, epochs=25, batch_size=32, validation_split=0.1, verbose=2)

# %%
p = eta.predict(X_te, verbose=0).ravel()
print("R2", 1 - ((y_te - p) ** 2).mean() / y_te.var())
