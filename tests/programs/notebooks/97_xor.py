# %%
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(3)

# %%
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
y = np.array([[0], [1], [1], [0]], dtype="float32")

# %%
model = keras.Sequential()
model.add(layers.Input((2,)))
model.add(layers.Dense(8, activation="sigmoid"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.01), metrics=["accuracy"])

# %% train
history = model.fit(x, y, epochs=100, batch_size=4, verbose=0)

# %%
print(history.history["loss"][-1])
print(model.predict(x, verbose=0))
