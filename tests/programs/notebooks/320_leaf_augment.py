# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

rng = np.random.default_rng(33)
S = 32

# %% leaf photos, four diseases: healthy / spots / stripes / yellow rim
def leaf(c):
    yy, xx = np.mgrid[:S, :S] - S / 2 + 0.5
    img = np.ones((S, S, 3)) * [0.55, 0.5, 0.42]
    r = np.sqrt((xx / rng.uniform(.8, 1)) ** 2 + yy ** 2)
    inside = r < 13
    img[inside] = [0.2, rng.uniform(.4, .6), 0.2]
    if c == 1:
        for _ in range(9):
            a, b = rng.integers(-8, 8, 2)
            img[(xx - a) ** 2 + (yy - b) ** 2 < 3] = [0.35, 0.25, 0.12]
    if c == 2:
        img[inside & (np.sin(xx * 1.6 + rng.uniform(0, 6)) > 0.4)] = [0.4, 0.5, 0.25]
    if c == 3:
        img[inside & (r > 10)] = [0.6, 0.6, 0.2]
    return img + rng.normal(0, 0.05, img.shape)

labels = rng.integers(0, 4, 1200)
photos = np.clip(np.stack([leaf(c) for c in labels]), 0, 1).astype("float32")
x_train, y_train, x_val, y_val = photos[:900], labels[:900], photos[900:], labels[900:]

# %%
data_augmentation = tf.keras.Sequential([
    layers.RandomFlip("horizontal_and_vertical"),
    layers.RandomRotation(0.1),
    layers.RandomBrightness(0.3),
])

def prepare(x, y, training):
    ds = tf.data.Dataset.from_tensor_slices((x, y))
    if training:
        ds = ds.shuffle(1000).batch(32).map(lambda a, b: (data_augmentation(a, training=True), b))
    else:
        ds = ds.batch(32)
    return ds.prefetch(tf.data.AUTOTUNE)

# %%
model = tf.keras.Sequential([
    layers.Input((S, S, 3)),
    layers.Conv2D(16, 3, activation="relu", padding="same"), layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu", padding="same"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dense(48, activation="relu"), layers.Dense(4)])
model.compile(optimizer="adam", loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

# %% train
model.fit(prepare(x_train, y_train, True), validation_data=prepare(x_val, y_val, False), epochs=10, verbose=2)

# %%
print("validation accuracy", model.evaluate(prepare(x_val, y_val, False), verbose=0)[1])
