# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(131)

# %%
# listings: rent (EUR) and whether the flat is gone within a week
rng = np.random.default_rng(131)
n = 3000
size, rooms, floor, dist = rng.gamma(9, 8, n), rng.integers(1, 6, n), rng.integers(0, 9, n), rng.gamma(2, 3, n)
rent = 250 + 12 * size + 40 * rooms - 18 * dist + rng.normal(0, 60, n)
fast = (rng.uniform(size=n) < 1 / (1 + np.exp(-(0.8 * (6 - dist) / 2 - 0.05 * (size - 80))))).astype("float32")
X = np.column_stack([size, rooms, floor, dist])
X_tr, X_te, r_tr, r_te, f_tr, f_te = train_test_split(X, rent, fast, test_size=0.2, random_state=0)
xs, rs = StandardScaler().fit(X_tr), StandardScaler().fit(r_tr[:, None])
X_tr, X_te = xs.transform(X_tr), xs.transform(X_te)
r_tr_s, r_te_s = rs.transform(r_tr[:, None]), rs.transform(r_te[:, None])

# %%
inp = keras.Input((4,))
h = layers.Dense(32, activation="relu")(inp)
h = layers.Dense(32, activation="relu")(h)
rent_out = layers.Dense(1, name="rent")(h)
fast_out = layers.Dense(1, activation="sigmoid", name="fast")(h)
model = keras.Model(inp, {"rent": rent_out, "fast": fast_out})
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss={"rent": "mse", "fast": "binary_crossentropy"},
              metrics={"rent": ["mae"], "fast": ["accuracy"]})

# %% train
model.fit(X_tr, {"rent": r_tr_s, "fast": f_tr}, validation_data=(X_te, {"rent": r_te_s, "fast": f_te}),
          epochs=15, batch_size=32, verbose=2)

# %%
out = model.predict(X_te, verbose=0)
r2 = 1 - ((out["rent"] - r_te_s) ** 2).mean() / r_te_s.var()
print("rent R2:", round(float(r2), 3), "fast accuracy:", round(float(((out["fast"].ravel() > 0.5) == (f_te > 0.5)).mean()), 3))
