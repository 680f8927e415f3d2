# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(28)

# %%
# maternity clinic: birth weight in grams and delivery type from one network
rng = np.random.default_rng(28)
n = 4000
X = rng.normal(0, 1, (n, 16)).astype("float32")
weight_g = 3350 + 380 * X[:, 0] + 160 * X[:, 1] - 140 * X[:, 2] + 90 * X[:, 3] * X[:, 0] + rng.normal(0, 150, n)
s = np.column_stack([
    1.6 * X[:, 8] - X[:, 9] * X[:, 10],
    1.6 * X[:, 11] + X[:, 12],
    -1.5 * X[:, 8] + X[:, 13] * X[:, 9],
]) * 1.8
delivery = (s + rng.gumbel(size=s.shape)).argmax(1)
tr, va = train_test_split(np.arange(n), test_size=0.25, random_state=28)
print(np.bincount(delivery) / n, weight_g.mean(), weight_g.std())

# %%
inp = keras.Input((16,), name="record")
h = layers.Dense(64, activation="relu")(inp)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(8, activation="relu", name="shared")(h)
w_out = layers.Dense(1, name="weight")(h)
d_out = layers.Dense(3, activation="softmax", name="delivery")(h)
model = keras.Model(inp, {"weight": w_out, "delivery": d_out})

model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss={"weight": "mse", "delivery": "sparse_categorical_crossentropy"},
    metrics={"weight": ["mae"], "delivery": ["accuracy"]},
)

# %% train
history = model.fit(
    X[tr], {"weight": weight_g[tr], "delivery": delivery[tr]},
    validation_data=(X[va], {"weight": weight_g[va], "delivery": delivery[va]}),
    epochs=25, batch_size=64, verbose=2,
)

# %%
out = model.predict(X[va], verbose=0)
print("delivery acc", (out["delivery"].argmax(1) == delivery[va]).mean())
print("weight mae", np.abs(out["weight"].ravel() - weight_g[va]).mean())
