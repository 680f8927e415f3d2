# %% [markdown]
# # Time to first response in the support queue
# Loss stops moving after a handful of epochs and R² sticks near 0.1. Learning rate? More layers?
#
# Note from operations: tickets that were re-queued unchanged differ from each other by about 20 min (SD).

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)

# %%
n = 4000
tickets = pd.DataFrame(
    {
        "hour": rng.integers(7, 20, n),
        "open_tickets": rng.poisson(25, n),
        "words": rng.lognormal(4, 0.6, n),
        "is_premium": rng.integers(0, 2, n),
        "attachments": rng.poisson(0.6, n),
    }
)
expected = (
    42 + 0.9 * (tickets.open_tickets - 25) - 9 * tickets.is_premium
    + 6 * np.cos((tickets.hour - 13) / 6 * np.pi) + 2.0 * np.log(tickets.words)
)
tickets["minutes"] = expected + rng.normal(0, 20, n)
tickets.describe().round(1)

# %%
features = ["hour", "open_tickets", "words", "is_premium", "attachments"]
train, test = train_test_split(tickets, test_size=0.25, random_state=2)
sx = StandardScaler().fit(train[features])
m, s = train.minutes.mean(), train.minutes.std()
X_train, X_test = sx.transform(train[features]), sx.transform(test[features])
t_train = ((train.minutes - m) / s).to_numpy()

# %%
model = keras.Sequential(
    [keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(16, activation="relu"), layers.Dense(1)]
)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")

# %% train
history = model.fit(
    X_train, t_train, validation_split=0.2, epochs=40, batch_size=64, verbose=2,
    callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=6, restore_best_weights=True)],
)

# %%
pred = model.predict(X_test, verbose=0).ravel() * s + m
rows = {"network": pred}
rows["linear"] = LinearRegression().fit(X_train, train.minutes).predict(X_test)
rows["boosting"] = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(X_train, train.minutes).predict(X_test)
for name, p in rows.items():
    print(f"{name:10s} RMSE {mean_squared_error(test.minutes, p) ** 0.5:6.2f} min   R2 {r2_score(test.minutes, p):.3f}")
