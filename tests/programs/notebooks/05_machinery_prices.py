# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.metrics import r2_score, mean_absolute_percentage_error

keras.utils.set_random_seed(5)

# %%
# second hand machinery auctions, hammer prices from 300 EUR up to several 100k
rng = np.random.default_rng(5)
n = 5000
df = pd.DataFrame({
    "age": rng.gamma(2.2, 4, n),
    "hours": rng.gamma(2, 2500, n),
    "power_kw": rng.lognormal(4.3, 0.6, n),
    "weight_t": rng.lognormal(1.8, 0.7, n),
    "kind": rng.choice(["excavator", "loader", "crane", "forklift"], n, p=[.4, .3, .1, .2]),
})
k = df.kind.map({"excavator": 0.3, "loader": 0.1, "crane": 1.0, "forklift": -0.5})
logp = 7.0 + 0.55 * np.log(df.power_kw) + 0.6 * np.log(df.weight_t) - 0.07 * df.age - 0.00005 * df.hours + k
df["price"] = np.exp(logp + rng.normal(0, 0.25, n)).round()
print(df.price.describe())

# %%
X = pd.get_dummies(df.drop(columns="price"), dtype="float32").astype("float32")
y = np.log1p(df["price"].to_numpy("float32"))
X_tr, X_te, y_tr, y_te = train_test_split(X.to_numpy(), y, test_size=0.2, random_state=5)

norm = layers.Normalization()
norm.adapt(X_tr)

# %%
model = keras.Sequential([
    keras.Input((X_tr.shape[1],)),
    norm,
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(float(y_tr.mean()))),
])
model.compile(keras.optimizers.Adam(2e-3), loss="mae")
es = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)

# %% train
history = model.fit(X_tr, y_tr, validation_split=0.15, epochs=60, batch_size=64, callbacks=[es], verbose=2)

# %%
pred = np.expm1(model.predict(X_te, verbose=0).ravel())
true = np.expm1(y_te)
print("R2 of log price", r2_score(y_te, np.log1p(pred)))
print("MAPE", mean_absolute_percentage_error(true, pred))
