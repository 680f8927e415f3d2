# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(43)
rng = np.random.default_rng(43)

# %%
n = 1500
area = rng.uniform(50, 300, n)
glass = rng.uniform(0.05, 0.5, n)
insulation = rng.uniform(2, 20, n)
outside = rng.normal(8, 7, n)
load = area * (0.4 + glass) * np.maximum(21 - outside, 0) / insulation + rng.normal(0, 12, n)
X = np.column_stack([area, glass, insulation, outside])
x_train, x_test, y_train, y_test = train_test_split(X, load.reshape(-1, 1), test_size=0.2, random_state=43)
sx, sy = StandardScaler().fit(x_train), StandardScaler().fit(y_train)
x_train, x_test = sx.transform(x_train), sx.transform(x_test)
y_train, y_test = sy.transform(y_train), sy.transform(y_test)

# %%
model = keras.Sequential([
    layers.Input((4,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=50, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
