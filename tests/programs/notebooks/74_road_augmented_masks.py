# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(23)

# %%
# aerial tiles 32x32 with one bright road, mask marks the road
rng = np.random.default_rng(23)
def tile():
    yy, xx = np.mgrid[:32, :32]
    off, slope = rng.uniform(4, 20), rng.uniform(-0.2, 0.5)
    mask = np.abs(yy - (off + slope * xx)) < 2.5
    img = rng.normal(0.4, 0.1, (32, 32)) + 0.35 * mask
    return img.astype("float32")[..., None], mask.astype("float32")[..., None]

tiles = [tile() for _ in range(500)]
X = np.stack([t[0] for t in tiles]); Y = np.stack([t[1] for t in tiles])
X_train, Y_train, X_val, Y_val = X[:400], Y[:400], X[400:], Y[400:]

# %%
augment = keras.Sequential([layers.RandomFlip("horizontal_and_vertical"), layers.RandomTranslation(0.1, 0.1)])

train_ds = tf.data.Dataset.from_tensor_slices((X_train, Y_train)).shuffle(400).batch(16)
train_ds = train_ds.map(lambda img, mask: (augment(img, training=True), mask)).prefetch(2)
val_ds = tf.data.Dataset.from_tensor_slices((X_val, Y_val)).batch(16)

# %%
inp = keras.Input((32, 32, 1))
d1 = layers.Conv2D(12, 3, padding="same", activation="relu")(inp)
d2 = layers.Conv2D(24, 3, padding="same", activation="relu")(layers.MaxPooling2D()(d1))
d3 = layers.Conv2D(24, 3, padding="same", activation="relu")(layers.MaxPooling2D()(d2))
u2 = layers.Conv2D(24, 3, padding="same", activation="relu")(layers.Concatenate()([layers.UpSampling2D()(d3), d2]))
u1 = layers.Conv2D(12, 3, padding="same", activation="relu")(layers.Concatenate()([layers.UpSampling2D()(u2), d1]))
out = layers.Conv2D(1, 1, activation="sigmoid")(u1)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(2e-3), loss="binary_crossentropy",
              metrics=[keras.metrics.BinaryIoU(target_class_ids=[1], name="iou")])

# %% train
model.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)

# %%
print("val IoU of road:", round(model.evaluate(val_ds, verbose=0)[1], 3))
