# %% [markdown]
# # Pond outlines from aerial tiles
# Tiles come from the GIS export as an array (tile, band, row, col), bands = R, G, NIR. Masks are (tile, row, col).

# %%
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
S = 48


# %%
def one_tile():
    rr, cc = np.mgrid[0:S, 0:S]
    relief = sum(rng.normal() * np.cos(2 * np.pi * (rng.uniform(-2, 2) * rr + rng.uniform(-2, 2) * cc) / S + rng.uniform(0, 6))
                 for _ in range(4)) * 0.05
    bands = np.stack([0.42 + relief, 0.48 + relief, 0.62 + relief])
    mask = np.zeros((S, S), bool)
    for _ in range(rng.integers(1, 4)):
        r0, c0 = rng.uniform(8, S - 8, 2)
        a, b, th = rng.uniform(4, 9), rng.uniform(3, 7), rng.uniform(0, np.pi)
        u = (rr - r0) * np.cos(th) + (cc - c0) * np.sin(th)
        v = -(rr - r0) * np.sin(th) + (cc - c0) * np.cos(th)
        mask |= (u / a) ** 2 + (v / b) ** 2 < 1
    bands[:, mask] = np.array([0.33, 0.42, 0.30])[:, None] + relief[mask]
    r1, c1 = rng.integers(2, S - 10, 2)
    bands[:, r1:r1 + 6, c1:c1 + 6] *= 0.85
    return bands + rng.normal(0, 0.04, bands.shape), mask


tiles, masks = zip(*[one_tile() for _ in range(500)])
tiles = np.asarray(tiles, "float32")
masks = np.asarray(masks, "float32")
print(tiles.shape, masks.shape, "water share", masks.mean())

# %%
X = tiles.reshape(len(tiles), S, S, 3)
Y = masks.reshape(len(masks), S, S, 1)
X_train, X_val = X[:400], X[400:]
Y_train, Y_val = Y[:400], Y[400:]


# %%
def block(x, f):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(f, 3, padding="same", activation="relu")(x)


def unet():
    inp = keras.Input((S, S, 3))
    c1 = block(inp, 8)
    c2 = block(layers.MaxPooling2D()(c1), 16)
    c3 = block(layers.MaxPooling2D()(c2), 32)
    u2 = layers.Conv2DTranspose(16, 2, strides=2)(c3)
    c4 = block(layers.Concatenate()([u2, c2]), 16)
    u1 = layers.Conv2DTranspose(8, 2, strides=2)(c4)
    c5 = block(layers.Concatenate()([u1, c1]), 8)
    return keras.Model(inp, layers.Conv2D(1, 1, activation="sigmoid")(c5))


def dice(y_true, y_pred):
    inter = ops.sum(y_true * y_pred, axis=(1, 2, 3))
    total = ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3))
    return ops.mean((2 * inter + 1.0) / (total + 1.0))


def bce_dice(y_true, y_pred):
    return ops.mean(keras.losses.binary_crossentropy(y_true, y_pred)) + 1.0 - dice(y_true, y_pred)


# %% train
model = unet()
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=bce_dice, metrics=[dice, "binary_accuracy"])
h = model.fit(X_train, Y_train, validation_data=(X_val, Y_val), epochs=12, batch_size=16, verbose=2)

# %%
P = model.predict(X_val, verbose=0) > 0.5
T = Y_val > 0.5
iou = (P & T).sum() / (P | T).sum()
print("IoU on held-out tiles:", round(float(iou), 3))
