# %%
import numpy as np
import pandas as pd
import keras
from keras.layers import Dense, Dropout, Input
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score

# %%
# hourly export of the station logger, CO reference is the target
rng = np.random.default_rng(404)
n = 3600
traffic = np.clip(rng.normal(1, 0.5, n), 0, None)
raw = pd.DataFrame({
    "s1_tin_oxide": 1050 + 180 * traffic + rng.normal(0, 40, n),
    "s2_titania": 920 + 210 * traffic + rng.normal(0, 50, n),
    "s3_tungsten": 850 - 160 * traffic + rng.normal(0, 60, n),
    "nox": 150 + 190 * traffic ** 1.4 + rng.normal(0, 30, n),
    "temp": rng.normal(18, 8, n),
    "rh": rng.uniform(15, 90, n),
})
co = 1.8 * traffic + 0.5 * np.sin(raw.temp / 6) + 0.012 * (raw.rh - 50) * traffic + rng.normal(0, 0.12, n)
gaps = rng.random(raw.shape) < 0.025
raw = raw.mask(gaps, -200 * 50.0)
raw["co"] = co
print(raw.head(), len(raw))

# %%
train, test = raw.iloc[:2800].copy(), raw.iloc[2800:].copy()
cols = [c for c in raw.columns if c != "co"]
scaler = StandardScaler()
X_train = scaler.fit_transform(train[cols])
X_test = scaler.transform(test[cols])
y_train, y_test = train["co"].values, test["co"].values

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential([Input((len(cols),)), Dense(32, activation="relu"), Dropout(0.1),
                          Dense(16, activation="relu"), Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")

# %% train
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
model.fit(X_train, y_train, validation_split=0.15, epochs=40, batch_size=32, callbacks=[stop], verbose=2)

# %%
print("R2 on test weeks:", r2_score(y_test, model.predict(X_test, verbose=0).ravel()))
