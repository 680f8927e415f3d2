# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(18)

# %%
x, y = load_diabetes(return_X_y=True)
order = np.random.default_rng(18).permutation(len(y))
x_train, y_train = x[order[:90]], y[order[:90]]
x_test, y_test = x[order[90:]], y[order[90:]]
sx = StandardScaler().fit(x_train)
x_train, x_test = sx.transform(x_train), sx.transform(x_test)
m, s = y_train.mean(), y_train.std()
y_train, y_test = (y_train - m) / s, (y_test - m) / s

# %%
model = keras.Sequential([
    layers.Input((10,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=120, batch_size=16, validation_data=(x_test, y_test), verbose=0)

# %%
print("train", history.history["loss"][-1], "val", history.history["val_loss"][-1])
