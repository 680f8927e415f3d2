# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, Model

SIZE = 48
BATCH = 16
AUTOTUNE = tf.data.AUTOTUNE

# %% fake fluorescence crops, a few bright nuclei on a noisy background
def draw(n, seed):
    r = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    imgs = r.normal(0.2, 0.07, (n, SIZE, SIZE, 1))
    masks = np.zeros((n, SIZE, SIZE, 1))
    for i in range(n):
        for _ in range(r.integers(1, 4)):
            cy, cx = r.integers(6, SIZE - 6, 2)
            a, b = r.uniform(4, 8, 2)
            inside = ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
            imgs[i, inside, 0] += r.uniform(0.2, 0.5)
            masks[i, inside, 0] = 1
    return np.clip(imgs, 0, 1).astype("float32"), masks.astype("float32")

train_img, train_msk = draw(320, 0)
val_img, val_msk = draw(80, 1)

# %%
def augment(img, msk):
    img = tf.image.random_flip_left_right(img)
    msk = tf.image.random_flip_left_right(msk)
    img = tf.image.random_flip_up_down(img)
    msk = tf.image.random_flip_up_down(msk)
    return img, msk

train_ds = (tf.data.Dataset.from_tensor_slices((train_img, train_msk))
            .shuffle(320).map(augment, num_parallel_calls=AUTOTUNE).batch(BATCH).prefetch(AUTOTUNE))
val_ds = tf.data.Dataset.from_tensor_slices((val_img, val_msk)).batch(BATCH)

# %%
def conv_block(x, f):
    for _ in range(2):
        x = layers.Conv2D(f, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x

inp = layers.Input((SIZE, SIZE, 1))
c1 = conv_block(inp, 8)
c2 = conv_block(layers.MaxPooling2D()(c1), 16)
c3 = conv_block(layers.MaxPooling2D()(c2), 32)
u2 = layers.concatenate([layers.Conv2DTranspose(16, 2, strides=2)(c3), c2])
c4 = conv_block(u2, 16)
u1 = layers.concatenate([layers.Conv2DTranspose(8, 2, strides=2)(c4), c1])
out = layers.Conv2D(1, 1, activation="sigmoid")(conv_block(u1, 8))
unet = Model(inp, out)
unet.compile("adam", loss="binary_crossentropy",
             metrics=["accuracy", tf.keras.metrics.BinaryIoU([1], threshold=0.5, name="iou")])

# %% train
unet.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)

# %%
loss, acc, iou = unet.evaluate(val_ds, verbose=0)
print(f"val accuracy {acc:.3f}  IoU of nuclei {iou:.3f}")
