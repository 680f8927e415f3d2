# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(16)
rng = np.random.default_rng(16)

# %%
def arm(n, phase):
    t = np.sqrt(rng.uniform(0.02, 1, n)) * 3 * np.pi
    xy = np.c_[t * np.cos(t + phase), t * np.sin(t + phase)] / (3 * np.pi)
    return xy + rng.normal(0, 0.015, xy.shape)

X = np.vstack([arm(600, 0.0), arm(600, np.pi)])
y = np.repeat([0, 1], 600)
x_train, x_test, y_train, y_test = train_test_split(X * 2, y, test_size=0.25, random_state=16)

# %%
model = keras.Sequential([
    layers.Input((2,)),
    layers.Dense(3, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=60, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
