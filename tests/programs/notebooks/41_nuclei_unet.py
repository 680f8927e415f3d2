# %%
import numpy as np
import matplotlib.pyplot as plt
import keras
from keras import layers

keras.utils.set_random_seed(1)

# %% [markdown]
# Nuclei segmentation on synthetic microscope crops (32x32)

# %%
def make_cell_image(rng, size=32):
    yy, xx = np.mgrid[:size, :size]
    img = rng.normal(60, 12, (size, size))
    mask = np.zeros((size, size), dtype=np.uint8)
    for _ in range(rng.integers(2, 5)):
        cy, cx = rng.integers(4, size - 4, 2)
        r = rng.integers(3, 6)
        blob = (yy - cy) ** 2 + (xx - cx) ** 2 <= r ** 2
        img[blob] += rng.uniform(50, 90)
        mask[blob] = 255
    return np.clip(img, 0, 255).astype(np.uint8), mask

rng = np.random.default_rng(0)
pairs = [make_cell_image(rng) for _ in range(500)]
images = np.stack([p[0] for p in pairs])[..., None]
masks = np.stack([p[1] for p in pairs])[..., None]
print(images.shape, masks.shape, images.dtype, masks.dtype)

# %%
X = images.astype("float32") / 255.0
Y = masks.astype("float32")
X_train, X_val = X[:400], X[400:]
Y_train, Y_val = Y[:400], Y[400:]

# %%
def conv_block(x, f):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(f, 3, padding="same", activation="relu")(x)

inp = keras.Input((32, 32, 1))
c1 = conv_block(inp, 8)
p1 = layers.MaxPooling2D()(c1)
c2 = conv_block(p1, 16)
p2 = layers.MaxPooling2D()(c2)
b = conv_block(p2, 32)
u2 = layers.Conv2DTranspose(16, 2, strides=2)(b)
c3 = conv_block(layers.Concatenate()([u2, c2]), 16)
u1 = layers.Conv2DTranspose(8, 2, strides=2)(c3)
c4 = conv_block(layers.Concatenate()([u1, c1]), 8)
out = layers.Conv2D(1, 1, activation="sigmoid")(c4)
unet = keras.Model(inp, out)
unet.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = unet.fit(X_train, Y_train, validation_data=(X_val, Y_val), batch_size=16, epochs=8, verbose=2)

# %%
pred = unet.predict(X_val, verbose=0) > 0.5
truth = Y_val > 0
dice = 2 * np.logical_and(pred, truth).sum() / (pred.sum() + truth.sum() + 1e-7)
plt.imshow(pred[0, ..., 0])
print("val dice:", round(float(dice), 3), "share of pixels predicted as cell:", round(float(pred.mean()), 3))
