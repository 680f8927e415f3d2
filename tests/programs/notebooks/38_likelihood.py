# %% [markdown]
# # Concrete strength with uncertainty
# The network predicts mean and spread, trained on the Gaussian likelihood.
# The loss goes below zero after a few epochs – never seen that before, is the loss function broken?

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers, ops
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(9)
rng = np.random.default_rng(9)

# %%
n = 2000
mix = pd.DataFrame(
    {
        "cement": rng.uniform(150, 500, n),
        "water": rng.uniform(130, 230, n),
        "slag": rng.uniform(0, 200, n),
        "age_days": rng.choice([3, 7, 14, 28, 56, 90], n),
    }
)
ratio = (mix.cement + 0.6 * mix.slag) / mix.water
mean = 4 + 12 * ratio * np.log1p(mix.age_days) / np.log(29)
mix["mpa"] = mean + rng.normal(0, 0.6 + 0.01 * mix.age_days)
mix.describe().round(1)

# %%
cols = ["cement", "water", "slag", "age_days"]
mix["age_days"] = np.log1p(mix.age_days)
train, test = train_test_split(mix, test_size=0.2, random_state=9)
train, val = train_test_split(train, test_size=0.2, random_state=9)
sx = StandardScaler().fit(train[cols])
sy = StandardScaler().fit(train[["mpa"]])
X = {k: sx.transform(v[cols]) for k, v in dict(train=train, val=val, test=test).items()}
t = {k: sy.transform(v[["mpa"]]) for k, v in dict(train=train, val=val, test=test).items()}


# %%
def gaussian_nll(y_true, y_pred):
    mu, log_sd = y_pred[:, :1], y_pred[:, 1:]
    z = (y_true - mu) * ops.exp(-log_sd)
    return ops.mean(0.5 * ops.square(z) + log_sd + 0.9189, axis=-1)


inp = keras.Input((4,))
h = layers.Dense(48, activation="tanh")(inp)
h = layers.Dense(48, activation="tanh")(h)
out = layers.Dense(2)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(5e-3, clipnorm=1.0), loss=gaussian_nll)

# %% train
history = model.fit(
    X["train"], t["train"], validation_data=(X["val"], t["val"]), epochs=45, batch_size=64, verbose=2,
    callbacks=[
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.4, patience=4),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=12, restore_best_weights=True),
    ],
)

# %%
o = model.predict(X["test"], verbose=0)
mu, sd = o[:, 0], np.exp(o[:, 1])
y = t["test"].ravel()
print("R2 of the mean:", r2_score(y, mu))
print("share within 1 sd / 2 sd:", (np.abs(y - mu) < sd).mean(), (np.abs(y - mu) < 2 * sd).mean())
