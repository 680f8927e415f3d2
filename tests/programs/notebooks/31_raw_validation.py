# %% [markdown]
# # Leaf disease screening (healthy / rust / mildew)
# 32x32 thumbnails from the greenhouse camera, uint8 RGB.

# %%
import numpy as np
import pandas as pd
import keras
import tensorflow as tf
from keras import layers
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)
CLASSES = ["healthy", "rust", "mildew"]


# %%
def thumbnails(n):
    label = rng.integers(0, 3, n)
    img = np.empty((n, 32, 32, 3), dtype="float32")
    yy, xx = np.mgrid[0:32, 0:32]
    for i, k in enumerate(label):
        green = np.array([70, 120, 60]) + rng.normal(0, 14, 3)
        a = np.ones((32, 32, 3)) * green * rng.uniform(0.75, 1.2)
        for _ in range(0 if k == 0 else rng.integers(3, 7)):
            cy, cx, r = rng.uniform(4, 28), rng.uniform(4, 28), rng.uniform(1.5, 3.5)
            spot = np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / (2 * r * r))[..., None]
            tint = np.array([55, -30, -25]) if k == 1 else np.array([50, 35, 60])
            a = a + spot * tint
        img[i] = a + rng.normal(0, 16, a.shape)
    return np.clip(img, 0, 255).astype("uint8"), label


images, labels = thumbnails(1000)
im_train, im_val, lb_train, lb_val = train_test_split(images, labels, test_size=0.25, stratify=labels, random_state=8)

# %%
BATCH = 32


def prepare(image, label):
    image = tf.cast(image, tf.float32) / 127.5 - 1.0
    return image, label


def flip(image, label):
    return tf.image.random_flip_left_right(image), label


def as_float(image, label):
    return tf.cast(image, tf.float32), label


train_ds = (
    tf.data.Dataset.from_tensor_slices((im_train, lb_train))
    .shuffle(len(im_train), seed=8)
    .map(prepare, num_parallel_calls=2)
    .map(flip, num_parallel_calls=2)
    .batch(BATCH)
    .prefetch(1)
)
val_ds = tf.data.Dataset.from_tensor_slices((im_val, lb_val)).map(as_float, num_parallel_calls=2).batch(BATCH).prefetch(1)

# %%
model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Conv2D(32, 3, strides=2, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=2)

# %%
pred = model.predict(val_ds, verbose=0).argmax(1)
print(pd.DataFrame(confusion_matrix(lb_val, pred), index=CLASSES, columns=CLASSES))
