# %%
import numpy as np
import keras
from keras.layers import Dense, Input
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(1)

# %%
points, ring = make_circles(n_samples=800, noise=0.08, factor=0.45, random_state=4)
x_train, x_test, y_train, y_test = train_test_split(points, ring, test_size=0.25, random_state=4)

# %%
model = keras.Sequential()
model.add(Input((2,)))
model.add(Dense(32))
model.add(Dense(16))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
fit = model.fit(x_train, y_train, epochs=30, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(fit.history["accuracy"][-1], fit.history["val_accuracy"][-1])
