# %%
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
import matplotlib.pyplot as plt

keras.utils.set_random_seed(141)

# %%
X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8, 1).astype("float32") / 16
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1, stratify=y)

# %%
model = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
h = model.fit(X_train, y_train, epochs=4, batch_size=32, validation_data=(X_test, y_test), verbose=2)

# %%
plt.plot(h.history["accuracy"]); plt.plot(h.history["val_accuracy"])
print("test accuracy:", round(model.evaluate(X_test, y_test, verbose=0)[1], 3))
