# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(38)
rng = np.random.default_rng(38)

# %%
X = rng.uniform(0, 1, (1000, 6))
y = 40 * X[:, 0] * X[:, 1] + 15 * np.sin(3 * X[:, 2]) + 10 * X[:, 3] + rng.normal(0, 1.5, 1000)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=38)
sx, sy = StandardScaler().fit(x_train), StandardScaler().fit(y_train[:, None])
x_train, x_test = sx.transform(x_train), sx.transform(x_test)
y_train, y_test = sy.transform(y_train[:, None]), sy.transform(y_test[:, None])

# %%
model = keras.Sequential([
    layers.Input((6,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1e-5), loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=40, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["loss"][0], history.history["loss"][-1])
