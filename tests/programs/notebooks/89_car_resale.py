# %%
import numpy as np
import pandas as pd
import keras
from keras.models import Sequential
from keras.layers import Dense, Input
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(17)
rng = np.random.default_rng(17)

# %%
n = 1000
cars = pd.DataFrame({
    "year": rng.integers(2004, 2024, n),
    "mileage": rng.gamma(3.0, 28000.0, n),
    "engine_cc": rng.choice([1000, 1200, 1600, 2000, 3000], n),
    "owners": rng.integers(1, 5, n),
    "power_hp": rng.normal(110, 30, n).clip(50, 260),
})
cars["price"] = (24000 * np.exp(-(2024 - cars.year) / 9.0) * (cars.power_hp / 110) - 0.035 * cars.mileage
                 - 600 * cars.owners + 6500 + rng.normal(0, 700, n)).clip(500)
features = cars.drop(columns="price").to_numpy("float32")
x_train, x_test, y_train, y_test = train_test_split(features, cars.price.to_numpy("float32"), test_size=0.2, random_state=17)

# %%
model = Sequential()
model.add(Input((5,)))
model.add(Dense(32, activation="relu"))
model.add(Dense(32, activation="relu"))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, epochs=30, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
pred = model.predict(x_test, verbose=0).ravel()
print("R2", 1 - np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2))
