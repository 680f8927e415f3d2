# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)

# %%
n = 900
flats = pd.DataFrame({
    "area": rng.normal(75, 22, n).clip(25, 180),
    "rooms": rng.integers(1, 6, n),
    "floor": rng.integers(0, 15, n),
    "age": rng.integers(0, 80, n),
    "centre_km": rng.gamma(2.0, 3.0, n),
})
price = (2600 * flats.area + 9000 * flats.rooms + 1500 * flats.floor - 700 * flats.age
         + 90000 * np.exp(-flats.centre_km / 4) + rng.normal(0, 12000, n))
x_train, x_test, y_train, y_test = train_test_split(flats.to_numpy(float), price.to_numpy(), test_size=0.2, random_state=6)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((5,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.01), metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=40, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["loss"][:3], history.history["loss"][-1])
print(model.predict(x_test[:5], verbose=0).ravel())
