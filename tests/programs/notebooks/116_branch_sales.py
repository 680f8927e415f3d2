# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler

keras.utils.set_random_seed(22)
rng = np.random.default_rng(22)

# %%
branches = ["br_%02d" % i for i in range(24)]
level = dict(zip(branches, rng.normal(0, 3.0, len(branches))))
df = pd.DataFrame({"branch": rng.choice(branches, 1600), "promo": rng.integers(0, 2, 1600), "temp": rng.normal(12, 7, 1600)})
df["sales"] = df.branch.map(level) + 1.2 * df.promo + 0.05 * df.temp + rng.normal(0, 0.5, len(df))
df["branch"] = LabelEncoder().fit_transform(df["branch"])
X = df[["branch", "promo", "temp"]].astype(float)
y = (df.sales - df.sales.mean()) / df.sales.std()
x_train, x_test, y_train, y_test = train_test_split(X, y.to_numpy(), test_size=0.25, random_state=22)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((x_train.shape[1],)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=40, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["loss"][-1], history.history["val_loss"][-1])
