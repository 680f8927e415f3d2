# %%
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(10)

# %%
x, y = load_digits(return_X_y=True)
x = x / 16.0
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=10)

# %%
model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(64, activation="relu", kernel_initializer="zeros"),
    layers.Dense(32, activation="relu", kernel_initializer="zeros"),
    layers.Dense(10, activation="softmax", kernel_initializer="zeros"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_split=0.15, verbose=0)

# %%
print("val accuracy", history.history["val_accuracy"][-1])
print("test", model.evaluate(x_test, y_test, verbose=0))
