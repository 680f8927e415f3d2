# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(51)

# %%
# concrete surface photos with dark cracks; masks are 0/255 images
rng = np.random.default_rng(51)
def photo():
    yy, xx = np.mgrid[:32, :32]
    mask = np.zeros((32, 32), bool)
    for _ in range(rng.integers(1, 3)):
        a, b = rng.uniform(4, 28), rng.uniform(-0.8, 0.8)
        mask |= np.abs(yy - (a + b * (xx - 16) + 1.5 * np.sin(xx / 3))) < 1.6
    img = rng.normal(170, 15, (32, 32)) - 80 * mask
    return np.clip(img, 0, 255).astype("uint8"), (mask * 255).astype("uint8")

items = [photo() for _ in range(450)]
images = np.stack([i for i, _ in items])[..., None]
masks = np.stack([m for _, m in items])[..., None]

# %%
def load(img, mask):
    return tf.cast(img, tf.float32) / 255.0, tf.cast(mask > 127, tf.float32)

def flip(img, mask):
    if tf.random.uniform(()) > 0.5:
        img, mask = tf.image.flip_left_right(img), tf.image.flip_left_right(mask)
    return img, mask

train = (tf.data.Dataset.from_tensor_slices((images[:360], masks[:360]))
         .map(load).shuffle(360).map(flip).batch(16).prefetch(2))
val = tf.data.Dataset.from_tensor_slices((images[360:], masks[360:])).map(load).batch(16)

# %%
def dice_loss(y_true, y_pred):
    inter = tf.reduce_sum(y_true * y_pred, axis=(1, 2, 3))
    total = tf.reduce_sum(y_true, axis=(1, 2, 3)) + tf.reduce_sum(y_pred, axis=(1, 2, 3))
    return 1 - (2 * inter + 1) / (total + 1)

def bce_dice(y_true, y_pred):
    bce = tf.reduce_mean(keras.losses.binary_crossentropy(y_true, y_pred), axis=(1, 2))
    return bce + dice_loss(y_true, y_pred)

def double_conv(x, f):
    for _ in range(2):
        x = layers.Conv2D(f, 3, padding="same", kernel_initializer="he_normal", activation="relu")(x)
    return x

inp = keras.Input((32, 32, 1))
e1 = double_conv(inp, 8)
e2 = double_conv(layers.MaxPooling2D()(e1), 16)
mid = double_conv(layers.MaxPooling2D()(e2), 32)
d2 = double_conv(layers.Concatenate()([layers.Conv2DTranspose(16, 2, strides=2)(mid), e2]), 16)
d1 = double_conv(layers.Concatenate()([layers.Conv2DTranspose(8, 2, strides=2)(d2), e1]), 8)
out = layers.Conv2D(1, 1, activation="sigmoid")(d1)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(2e-3), loss=bce_dice,
              metrics=[keras.metrics.BinaryIoU(target_class_ids=[1], name="iou")])

# %% train
model.fit(train, validation_data=val, epochs=8, verbose=2)

# %%
print("crack IoU on validation:", round(model.evaluate(val, verbose=0)[1], 3))
