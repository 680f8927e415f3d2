# %%
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(40)
rng = np.random.default_rng(40)

# %% wind farm output (MW) from forecast speed, direction and air density
n = 5000
speed = rng.weibull(2.1, n) * 8
direction = rng.uniform(0, 2 * np.pi, n)
density = rng.normal(1.22, .03, n)
power = 50 / (1 + np.exp(-(speed - 9) / 1.6)) * density / 1.22 + 2 * np.cos(direction)
power = power + rng.normal(0, 1, n) * (1 + 0.35 * speed)
X = np.column_stack([speed, np.cos(direction), np.sin(direction), density]).astype("float32")
y = power.astype("float32")[:, None]
X_tr, X_te, y_tr, y_te = X[:4000], X[4000:], y[:4000], y[4000:]
scale, shift = y_tr.std(), y_tr.mean()
y_tr, y_te = (y_tr - shift) / scale, (y_te - shift) / scale

# %%
def pinball(q):
    def loss(y_true, y_pred):
        e = y_pred - y_true
        return ops.mean(ops.maximum(q * e, (q - 1) * e), axis=-1)
    return loss

# %%
norm = layers.Normalization()
norm.adapt(X_tr)
x = keras.Input((4,))
h = layers.Dense(48, activation="relu")(norm(x))
h = layers.Dense(48, activation="relu")(h)
heads = {name: layers.Dense(1, name=name)(h) for name in ("p10", "p50", "p90")}
band = keras.Model(x, heads)
band.compile(optimizer="adam", loss={"p10": pinball(0.1), "p50": pinball(0.5), "p90": pinball(0.9)})

# %% train
hist = band.fit(X_tr, {k: y_tr for k in heads}, batch_size=64, epochs=15, verbose=2,
                validation_data=(X_te, {k: y_te for k in heads}))
