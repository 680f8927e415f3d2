# %%
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

tf.keras.utils.set_random_seed(3)

# %% source task: the digits 0-4 (we have plenty of them)
images, target = load_digits(return_X_y=True)
images = (images.reshape(-1, 8, 8, 1) / 16.0).astype("float32")
old = target < 5

source = tf.keras.Sequential([
    tf.keras.Input((8, 8, 1)),
    tf.keras.layers.Conv2D(16, 3, activation="relu"),
    tf.keras.layers.Conv2D(32, 3, activation="relu"),
    tf.keras.layers.Conv2D(32, 3, activation="relu"),
    tf.keras.layers.GlobalAveragePooling2D(),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(5, activation="softmax"),
])
source.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
source.fit(images[old], target[old], epochs=25, batch_size=32, verbose=0)
print("source task accuracy", source.evaluate(images[old], target[old], verbose=0)[1])

# %% target task: 5-9, new head on the frozen convolutions
x_train, x_val, y_train, y_val = train_test_split(images[~old], target[~old] - 5, test_size=0.5, random_state=3)
features = tf.keras.Model(source.inputs, source.layers[-3].output)
backbone = tf.keras.models.clone_model(features)
backbone.trainable = False
inputs = tf.keras.Input((8, 8, 1))
z = backbone(inputs, training=False)
outputs = tf.keras.layers.Dense(5, activation="softmax")(z)
model = tf.keras.Model(inputs, outputs)
model.compile(optimizer=tf.keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()

# %% train
hist = model.fit(x_train, y_train, batch_size=32, epochs=30, validation_data=(x_val, y_val), verbose=2)

# %%
print("val acc on the new digits", hist.history["val_accuracy"][-1])
