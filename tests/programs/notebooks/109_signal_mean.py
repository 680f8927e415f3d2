# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(29)
rng = np.random.default_rng(29)

# %%
steps = 60
signal = rng.normal(0, 1, (800, steps, 1)).astype("float32")
target = signal[:, -10:, 0].mean(axis=1) * 3
x_train, x_test, y_train, y_test = train_test_split(signal, target, test_size=0.25, random_state=29)

# %%
model = keras.Sequential([
    layers.Input((steps, 1)),
    layers.SimpleRNN(24, activation="relu", recurrent_initializer=keras.initializers.RandomNormal(stddev=0.5)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05), loss="mse")

# %% train
history = model.fit(x_train, y_train, epochs=12, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["loss"])
