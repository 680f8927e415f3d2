# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras import backend as K

keras.utils.set_random_seed(1)
IMG = 48

# %%
# fluorescence nuclei, simulated like our plate reader exports (8 bit)
rng = np.random.default_rng(1)
yy, xx = np.mgrid[:IMG, :IMG]

def sample():
    img = rng.normal(40, 10, (IMG, IMG))
    msk = np.zeros((IMG, IMG), "uint8")
    for _ in range(rng.integers(2, 6)):
        cy, cx = rng.uniform(6, IMG - 6, 2)
        a, b = rng.uniform(3, 7, 2)
        blob = ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
        img[blob] += rng.uniform(40, 110)
        msk[blob] = 255
    return np.clip(img, 0, 255).astype("uint8"), msk

pairs = [sample() for _ in range(360)]
images = np.stack([p[0] for p in pairs])[..., None]
masks = np.stack([p[1] for p in pairs])[..., None]
print(images.shape, images.dtype, masks.shape, masks.dtype)

# %%
def load(img, msk):
    img = tf.image.convert_image_dtype(img, tf.float32)
    msk = tf.cast(msk, tf.float32)
    return img, msk

ds = tf.data.Dataset.from_tensor_slices((images, masks)).map(load)
train_ds = ds.take(300).cache().shuffle(300).batch(16)
val_ds = ds.skip(300).batch(16)

# %%
def conv_block(x, f):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(f, 3, padding="same", activation="relu")(x)

def unet():
    inp = keras.Input((IMG, IMG, 1))
    c1 = conv_block(inp, 12)
    c2 = conv_block(layers.MaxPooling2D()(c1), 24)
    c3 = conv_block(layers.MaxPooling2D()(c2), 48)
    u2 = layers.Conv2DTranspose(24, 2, strides=2)(c3)
    c4 = conv_block(layers.concatenate([u2, c2]), 24)
    u1 = layers.Conv2DTranspose(12, 2, strides=2)(c4)
    c5 = conv_block(layers.concatenate([u1, c1]), 12)
    return keras.Model(inp, layers.Conv2D(1, 1, activation="sigmoid")(c5))

def iou(y_true, y_pred):
    t = tf.cast(y_true > 0.5, tf.float32)
    p = tf.cast(y_pred > 0.5, tf.float32)
    inter = tf.reduce_sum(t * p)
    return inter / (tf.reduce_sum(t) + tf.reduce_sum(p) - inter + 1e-6)

model = unet()
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", iou])

# %% train
history = model.fit(train_ds, validation_data=val_ds, epochs=10, verbose=2)

# %%
print({k: v[-1] for k, v in history.history.items()})
pred = model.predict(val_ds, verbose=0)
print("share of pixels above 0.5:", float((pred > 0.5).mean()), " in the masks:", float((masks[300:] > 0).mean()))
