# %% [markdown]
# Fabric weave classes from camera patches. The scanner stores one folder per weave, we read folder after folder.

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(33)
WEAVES = ["plain", "twill", "satin", "herringbone", "basket"]
SIZE, BATCH = 28, 32


# %%
def patch(kind, rng):
    r, c = np.mgrid[0:SIZE, 0:SIZE].astype("float32")
    r, c = r + rng.uniform(0, 8), c + rng.uniform(0, 8)
    p = rng.uniform(5, 7)
    if kind == "plain":
        g = np.sin(2 * np.pi * r / p) * np.sin(2 * np.pi * c / p)
    elif kind == "twill":
        g = np.sin(2 * np.pi * (r + c) / p)
    elif kind == "satin":
        g = np.sin(2 * np.pi * (r + 0.3 * c) / p)
    elif kind == "herringbone":
        g = np.sin(2 * np.pi * (r + np.abs((c % 14) - 7)) / p)
    else:
        g = np.sign(np.sin(np.pi * r / p)) * np.sign(np.sin(np.pi * c / p))
    return 120 + rng.uniform(15, 45) * g + rng.normal(0, 18, g.shape) + rng.uniform(-30, 30)


def read_folders(per_class, seed):
    rng = np.random.default_rng(seed)
    images, labels = [], []
    for k, name in enumerate(WEAVES):
        for _ in range(per_class):
            images.append(patch(name, rng))
            labels.append(k)
    return np.asarray(images, "float32")[..., None], np.asarray(labels, "int32")


x_train, y_train = read_folders(480, 1)
x_val, y_val = read_folders(96, 2)


# %%
def scale(img, lab):
    return img / 255.0, lab


train_ds = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
            .map(scale)
            .shuffle(BATCH, seed=33)
            .batch(BATCH)
            .prefetch(tf.data.AUTOTUNE))
val_ds = (tf.data.Dataset.from_tensor_slices((x_val, y_val))
          .map(scale)
          .batch(BATCH)
          .prefetch(tf.data.AUTOTUNE))


# %%
def conv_block(x, f):
    x = layers.Conv2D(f, 3, padding="same")(x)
    x = layers.ReLU()(x)
    return layers.MaxPooling2D()(x)


inputs = keras.Input((SIZE, SIZE, 1))
x = conv_block(inputs, 16)
x = conv_block(x, 32)
x = conv_block(x, 32)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(len(WEAVES), activation="softmax")(x)
model = keras.Model(inputs, outputs)

# %% train
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)

# %%
pred = model.predict(val_ds, verbose=0).argmax(-1)
for k, w in enumerate(WEAVES):
    print(w, "recall", (pred[y_val == k] == k).mean().round(3), "predicted", (pred == k).sum())
