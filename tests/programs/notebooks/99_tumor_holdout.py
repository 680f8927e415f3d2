# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

keras.utils.set_random_seed(27)

# %%
X, y = load_breast_cancer(return_X_y=True)
n_train = 430
X = shuffle(X, random_state=1)
y = shuffle(y, random_state=2)
x_train, x_test = X[:n_train], X[n_train:]
y_train, y_test = y[:n_train], y[n_train:]
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((30,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=30, batch_size=16, validation_data=(x_test, y_test), verbose=0)

# %%
print("val accuracy", history.history["val_accuracy"][-1])
