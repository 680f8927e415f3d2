# %% [markdown]
# # Calibration of cup anemometers with an honest error bar
# The network gives mean and spread; the loss is the Gaussian negative log-likelihood.

# %%
import numpy as np
import keras
from keras import layers, ops
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(2)


def wind_tunnel(n=6000, seed=12):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.5, 25, n)                       # true speed, m/s
    temp, hum = rng.normal(12, 8, n), rng.uniform(20, 95, n)
    tilt = rng.normal(0, 4, n)
    pulses = 2.4 * v * (1 - 0.004 * tilt ** 2 / 4) + 0.02 * (temp - 12) + rng.normal(0, 0.04 + 0.02 * v, n)
    x = np.c_[pulses, temp, hum, tilt]
    return x.astype("float32"), v.astype("float32")


X, v = wind_tunnel()
x_tr, x_te, v_tr, v_te = train_test_split(X, v, test_size=0.3, random_state=0)
xs = StandardScaler().fit(x_tr)
x_tr, x_te = xs.transform(x_tr), xs.transform(x_te)
v_mean, v_std = v_tr.mean(), v_tr.std()
y_tr, y_te = ((a - v_mean) / v_std for a in (v_tr, v_te))
y_tr, y_te = y_tr[:, None], y_te[:, None]


# %%
class GaussianHead(layers.Layer):
    """Mean and standard deviation; starts at mean 0, spread 1 whatever the input."""

    def __init__(self, floor=1e-3, **kw):
        super().__init__(**kw)
        self.floor = floor
        self.lin = layers.Dense(2, kernel_initializer="zeros",
                                bias_initializer=keras.initializers.Constant([0.0, 0.541]))

    def call(self, x):
        z = self.lin(x)
        return ops.concatenate([z[:, :1], self.floor + ops.softplus(z[:, 1:])], axis=1)


def gaussian_nll(y, out):
    mu, sigma = out[:, :1], out[:, 1:]
    return ops.mean(ops.log(sigma) + 0.5 * ops.square((y - mu) / sigma), axis=-1)


def mae_ms(y, out):
    return ops.mean(ops.abs(y - out[:, :1])) * float(v_std)


def covered_68(y, out):
    return ops.mean(ops.cast(ops.abs(y - out[:, :1]) <= out[:, 1:], "float32"))


class ResidualMLP(keras.Model):
    def __init__(self, width=48, depth=3, **kw):
        super().__init__(**kw)
        self.first = layers.Dense(width)
        self.hidden = [keras.Sequential([layers.LayerNormalization(),
                                         layers.Dense(width, activation="silu"),
                                         layers.Dense(width)]) for _ in range(depth)]
        self.head = GaussianHead()

    def call(self, x):
        h = self.first(x)
        for block in self.hidden:
            h = h + block(h)
        return self.head(h)


# %% train
EPOCHS, BATCH = 60, 512
steps = EPOCHS * int(np.ceil(len(x_tr) * 0.85 / BATCH))
schedule = keras.optimizers.schedules.CosineDecay(4e-3, steps, alpha=0.02)
model = ResidualMLP()
model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4, global_clipnorm=5.0),
              loss=gaussian_nll, metrics=[mae_ms, covered_68])
history = model.fit(x_tr, y_tr, validation_split=0.15, epochs=EPOCHS, batch_size=BATCH, verbose=2)

# %%
out = model.predict(x_te, verbose=0)
mu, sigma = out[:, 0] * v_std + v_mean, out[:, 1] * v_std
for lo, hi in [(0, 5), (5, 15), (15, 25)]:
    m = (v_te >= lo) & (v_te < hi)
    z = np.abs(v_te[m] - mu[m]) / sigma[m]
    print("%2d-%2d m/s: MAE %.3f, mean sigma %.3f, within 1 sigma %.2f, within 2 sigma %.2f"
          % (lo, hi, np.abs(v_te[m] - mu[m]).mean(), sigma[m].mean(), (z < 1).mean(), (z < 2).mean()))
