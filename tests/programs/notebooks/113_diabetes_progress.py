# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

# %%
x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=1)
sc = StandardScaler().fit(x_train)
x_train, x_test = sc.transform(x_train), sc.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((10,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mean_squared_error", metrics=["accuracy"])

# %% train
hist = model.fit(x_train, y_train, epochs=40, batch_size=16, validation_data=(x_test, y_test), verbose=0)

# %%
pred = model.predict(x_test, verbose=0).ravel()
print("mse", np.mean((pred - y_test) ** 2))
print(pred[:5], y_test[:5])
