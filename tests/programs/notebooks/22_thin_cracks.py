# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(61)
N = 48

# %%
# cracks in tunnel lining, thin bright lines on rough concrete, only a few % of the pixels
rng = np.random.default_rng(61)
def picture():
    img = 0.4 + 0.08 * rng.normal(size=(N, N))
    msk = np.zeros((N, N), "float32")
    for _ in range(rng.integers(1, 3)):
        y, x = rng.uniform(5, N - 5, 2)
        ang = rng.uniform(0, 2 * np.pi)
        for _ in range(rng.integers(20, 45)):
            ang += rng.normal(0, 0.25)
            y, x = y + np.sin(ang), x + np.cos(ang)
            if 0 <= y < N - 1 and 0 <= x < N - 1:
                msk[int(y):int(y) + 2, int(x):int(x) + 2] = 1
    return (img - 0.22 * msk).astype("float32"), msk

data = [picture() for _ in range(340)]
X = np.stack([d[0] for d in data])[..., None]
Y = np.stack([d[1] for d in data])[..., None]
print("share of crack pixels", Y.mean())
train = tf.data.Dataset.from_tensor_slices((X[:280], Y[:280])).shuffle(280)

def flip(img, msk):
    both = tf.concat([img, msk], axis=-1)
    both = tf.image.random_flip_left_right(both)
    both = tf.image.random_flip_up_down(both)
    return both[..., :1], both[..., 1:]

train = train.map(flip).batch(10).prefetch(2)
val = tf.data.Dataset.from_tensor_slices((X[280:], Y[280:])).batch(10)

# %%
def res_block(x, f):
    s = layers.Conv2D(f, 1, padding="same")(x)
    h = layers.Conv2D(f, 3, padding="same", use_bias=False)(x)
    h = layers.BatchNormalization(momentum=0.9)(h)
    h = layers.Activation("relu")(h)
    h = layers.Conv2D(f, 3, padding="same")(h)
    return layers.Activation("relu")(layers.Add()([s, h]))

inp = keras.Input((N, N, 1))
d1 = res_block(inp, 8)
d2 = res_block(layers.MaxPooling2D()(d1), 16)
d3 = res_block(layers.MaxPooling2D()(d2), 32)
u2 = res_block(layers.Concatenate()([layers.UpSampling2D()(d3), d2]), 16)
u1 = res_block(layers.Concatenate()([layers.UpSampling2D()(u2), d1]), 8)
out = layers.Conv2D(1, 1, activation="sigmoid")(u1)
model = keras.Model(inp, out)

def dice(y_true, y_pred):
    y_true = tf.cast(y_true, tf.float32)
    inter = tf.reduce_sum(y_true * y_pred, axis=(1, 2, 3))
    total = tf.reduce_sum(y_true, axis=(1, 2, 3)) + tf.reduce_sum(y_pred, axis=(1, 2, 3))
    return tf.reduce_mean((2 * inter + 1.0) / (total + 1.0))

def bce_dice(y_true, y_pred):
    bce = tf.reduce_mean(keras.losses.binary_crossentropy(y_true, y_pred))
    return bce + 1.0 - dice(y_true, y_pred)

model.compile(keras.optimizers.Adam(3e-3), loss=bce_dice, metrics=[dice])

# %% train
history = model.fit(train, validation_data=val, epochs=10, verbose=2)

# %%
pred = model.predict(X[280:], verbose=0) > 0.5
t = Y[280:] > 0.5
print("val dice (hard):", 2 * (pred & t).sum() / (pred.sum() + t.sum()))
