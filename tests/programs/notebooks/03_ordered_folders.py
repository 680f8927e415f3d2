# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

tf.random.set_seed(0)
np.random.seed(0)
BATCH_SIZE = 32
AUTOTUNE = tf.data.AUTOTUNE

# %%
# same layout as our folders on the NAS: digits/0/*.png, digits/1/*.png, ...
bunch = load_digits()

def read_folder(label):
    imgs = bunch.images[bunch.target == label]
    return imgs[..., None].astype("float32"), np.full(len(imgs), label)

images, labels = [], []
for label in range(10):
    im, la = read_folder(label)
    images.append(im)
    labels.append(la)
images = np.concatenate(images)
labels = np.concatenate(labels)
print(images.shape, np.bincount(labels))

# %%
n_train = int(0.8 * len(images))
ds = tf.data.Dataset.from_tensor_slices((images, labels))
ds = ds.map(lambda im, la: (im / 16.0, la), num_parallel_calls=AUTOTUNE)

train_ds = ds.take(n_train).cache().shuffle(500).batch(BATCH_SIZE).prefetch(AUTOTUNE)
val_ds = ds.skip(n_train).cache().batch(BATCH_SIZE).prefetch(AUTOTUNE)

# %%
model = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(train_ds, validation_data=val_ds, epochs=15, verbose=2)

# %%
print("train acc", history.history["accuracy"][-1])
print("val acc", history.history["val_accuracy"][-1])
