# %%
import numpy as np
import matplotlib.pyplot as plt
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(22)

# %%
# employee survey: age, tenure, weekly hours, team size -> satisfaction index one year later
rng = np.random.default_rng(22)
n = 280
X = np.column_stack([rng.uniform(20, 62, n), rng.gamma(2, 3, n), rng.normal(38, 5, n), rng.integers(3, 20, n)])
y = 60 + 0.35 * (X[:, 0] - 40) + 1.2 * X[:, 1] - 0.9 * (X[:, 2] - 38) + rng.normal(0, 8, n)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=80, random_state=1)
sc = StandardScaler().fit(X_train)
X_train, X_test = sc.transform(X_train), sc.transform(X_test)
mu, sd = y_train.mean(), y_train.std()
y_train, y_test = (y_train - mu) / sd, (y_test - mu) / sd

# %%
model = keras.Sequential([
    layers.Input((4,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
history = model.fit(X_train, y_train, epochs=250, batch_size=16, validation_data=(X_test, y_test), verbose=0)

# %%
plt.plot(history.history["loss"], label="train")
plt.plot(history.history["val_loss"], label="validation")
plt.legend()
pred = model.predict(X_test, verbose=0).ravel()
print("train loss:", round(history.history["loss"][-1], 4), "test loss:", round(history.history["val_loss"][-1], 3),
      "test R2:", round(r2_score(y_test, pred), 3))
