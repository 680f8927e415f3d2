# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(19)

# %%
# fabric textures: plain, stripes, checks (24x24 grey, uint8)
rng = np.random.default_rng(19)
def texture(kind):
    yy, xx = np.mgrid[:24, :24]
    f = rng.uniform(0.6, 1.1)
    ph = rng.uniform(0, 6)
    base = {0: np.zeros((24, 24)), 1: np.sin(f * xx + ph), 2: np.sin(f * xx + ph) * np.sin(f * yy + ph)}[kind]
    return np.clip(128 + 45 * base + rng.normal(0, 30, (24, 24)), 0, 255).astype("uint8")

labels = rng.integers(0, 3, 1500)
images = np.stack([texture(k) for k in labels])[..., None]

# %%
BATCH = 32
def prepare(image, label):
    return tf.cast(image, tf.float32) / 255.0, label

train_ds = (tf.data.Dataset.from_tensor_slices((images[:1000], labels[:1000]))
            .map(prepare).cache().shuffle(1000).batch(BATCH).prefetch(tf.data.AUTOTUNE))
val_ds = (tf.data.Dataset.from_tensor_slices((images[1000:1250], labels[1000:1250]))
          .batch(BATCH).prefetch(tf.data.AUTOTUNE))
test_ds = tf.data.Dataset.from_tensor_slices((images[1250:], labels[1250:])).batch(BATCH)

# %%
model = keras.Sequential([
    layers.Input((24, 24, 1)),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=2)

# %%
loss, acc = model.evaluate(test_ds, verbose=0)
print("test loss:", round(loss, 3), "test accuracy:", round(acc, 3))
