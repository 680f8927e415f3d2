# %% [markdown]
# ## Probabilistic wind speed, 1 h ahead
# Mean and spread from the last 24 hours; Gaussian likelihood on the standardised series.

# %%
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(9)
rng = np.random.default_rng(9)

# %%
T = 9000
h = np.arange(T)
slow = np.zeros(T)
v = np.zeros(T)
for i in range(1, T):
    slow[i] = 0.995 * slow[i - 1] + rng.normal(0, 0.08)
    sd = 0.10 + 0.12 * (1 + np.sin(2 * np.pi * (h[i] % 24) / 24)) / 2
    v[i] = 0.8 * v[i - 1] + 0.5 * (0.3 * np.sin(2 * np.pi * h[i] / 24) + 0.2 * slow[i]) + rng.normal(0, sd)
wind = 8 + 3 * v
clock = np.stack([np.sin(2 * np.pi * h / 24), np.cos(2 * np.pi * h / 24)], 1)

L = 24
cut1, cut2 = 6500, 7700
mu, sigma = wind[:cut1].mean(), wind[:cut1].std()
z = ((wind - mu) / sigma).astype("float32")
feats = np.concatenate([z[:, None], clock], 1).astype("float32")


def make(a, b):
    ix = np.arange(a + L, b)
    return np.stack([feats[i - L:i] for i in ix]), z[ix][:, None]


x_tr, y_tr = make(0, cut1)
x_va, y_va = make(cut1, cut2)
x_te, y_te = make(cut2, T)


# %%
class GaussianHead(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.proj = layers.Dense(2)

    def call(self, x):
        p = self.proj(x)
        return ops.concatenate([p[:, :1], ops.softplus(p[:, 1:]) + 1e-3], axis=-1)


def nll(y_true, y_pred):
    m, s = y_pred[:, :1], y_pred[:, 1:]
    return ops.mean(ops.log(s) + 0.5 * ops.square((y_true - m) / s), axis=-1)


def mae_mean(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred[:, :1]), axis=-1)


inp = keras.Input((L, 3))
x = layers.GRU(24)(inp)
x = layers.Dense(24, activation="tanh")(x)
model = keras.Model(inp, GaussianHead()(x))

# %% train
model.compile(optimizer=keras.optimizers.Adam(2e-3, clipnorm=1.0), loss=nll, metrics=[mae_mean])
fit = model.fit(x_tr, y_tr, validation_data=(x_va, y_va), epochs=12, batch_size=128, verbose=2,
                callbacks=[keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)])

# %%
out = model.predict(x_te, verbose=0)
m, s = out[:, :1], out[:, 1:]
inside = np.mean(np.abs(y_te - m) < 1.645 * s)
print("test NLL", float(np.mean(np.log(s) + 0.5 * ((y_te - m) / s) ** 2)), "90% interval covers", round(float(inside), 3))
print("MAE m/s:", np.abs(y_te - m).mean() * sigma, "persistence:", np.abs(y_te - x_te[:, -1, :1]).mean() * sigma)
