# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(8)

# %%
data = load_digits()
img = (data.images / 16.0).astype("float32")[..., np.newaxis]
old = data.target < 5
x_old, y_old = img[old], data.target[old]
x_new, y_new = img[~old], data.target[~old] - 5
x_train, x_val, y_train, y_val = train_test_split(x_new, y_new, test_size=0.3, random_state=8, stratify=y_new)

# %%
# step 1: feature extractor on the old symbols
base_model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu", padding="same"),
    layers.GlobalAveragePooling2D(),
], name="extractor")
clf = keras.Sequential([base_model, layers.Dense(5, activation="softmax")])
clf.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
clf.fit(x_old, y_old, epochs=12, batch_size=32, verbose=0)
print("old symbols:", clf.evaluate(x_old, y_old, verbose=0))

# %%
# step 2: new symbols, keep the convolutions as they are
inputs = keras.Input((8, 8, 1))
x = base_model(inputs)
x = layers.Dense(64, activation="relu")(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(5, activation="softmax")(x)
model = keras.Model(inputs, outputs)

for layer in model.layers:
    layer.trainable = False

model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(),
              metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=15, batch_size=32, validation_data=(x_val, y_val), verbose=2)

# %%
print("val_accuracy", history.history["val_accuracy"])
