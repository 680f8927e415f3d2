# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(80)

# %%
digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target
low, high = y < 5, y >= 5
x_new, x_new_test, y_new, y_new_test = train_test_split(x[high], y[high] - 5, train_size=200, random_state=0, stratify=y[high])

# %%
backbone = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(16, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
    layers.Conv2D(32, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
], name="backbone")
pretrain = keras.Sequential([backbone, layers.Dense(5, activation="softmax")])
pretrain.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

inp = keras.Input((8, 8, 1))
features = backbone(inp, training=False)
features = layers.Dropout(0.2)(features)
model = keras.Model(inp, layers.Dense(5, activation="softmax")(features))

# %% train
pretrain.fit(x[low], y[low], epochs=10, batch_size=32, verbose=0)

backbone.trainable = False
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_new, y_new, epochs=12, batch_size=32, validation_data=(x_new_test, y_new_test), verbose=2)

backbone.trainable = True
model.compile(keras.optimizers.Adam(3e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_new, y_new, epochs=20, batch_size=32, validation_data=(x_new_test, y_new_test), verbose=2)

# %%
print("accuracy on new digits:", round(model.evaluate(x_new_test, y_new_test, verbose=0)[1], 3))
