# %%
import keras
import numpy as np
from keras import layers, ops

# %%
# calibration of a cheap NO2 sensor: the error bars grow with humidity, so learn both mean and sigma
rng = np.random.default_rng(6)
N = 4000
raw = rng.uniform(0, 1, N)
hum = rng.uniform(0, 1, N)
temp = rng.uniform(0, 1, N)
sigma_true = 0.01 + 0.05 * hum ** 2
no2 = 0.3 * raw + 0.15 * np.sin(5 * raw) + 0.1 * raw * temp + rng.normal(0, 1, N) * sigma_true
X = (np.c_[raw, hum, temp] * 2 - 1).astype("float32")
y = no2.astype("float32").reshape(-1, 1)
Xt, yt, Xv, yv = X[:3200], y[:3200], X[3200:], y[3200:]

# %%
keras.utils.set_random_seed(6)
inp = keras.Input((3,))
h = layers.Dense(64, activation="tanh")(inp)
h = layers.Dense(64, activation="tanh")(h)
mean = layers.Dense(1)(h)
scale = layers.Dense(1, activation="softplus", bias_initializer=keras.initializers.Constant(-2.0))(h)
model = keras.Model(inp, layers.Concatenate()([mean, scale]))

def gaussian_nll(y_true, out):
    mu, s = out[:, :1], out[:, 1:] + 1e-3
    return ops.mean(0.5 * ops.square((y_true - mu) / s) + ops.log(s), axis=-1)

model.compile(keras.optimizers.AdamW(2e-3, weight_decay=1e-4, clipnorm=1.0), loss=gaussian_nll)

# %% train
hist = model.fit(Xt, yt, validation_data=(Xv, yv), epochs=40, batch_size=64, verbose=2,
                 callbacks=[keras.callbacks.ReduceLROnPlateau(patience=4, factor=0.3)])

# %%
out = model.predict(Xv, verbose=0)
mu, s = out[:, 0], out[:, 1] + 1e-3
inside = np.mean(np.abs(yv[:, 0] - mu) < 1.96 * s)
print("95% interval coverage", inside, " R2", 1 - np.var(yv[:, 0] - mu) / np.var(yv))
