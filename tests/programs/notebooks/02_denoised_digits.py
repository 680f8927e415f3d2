# %%
import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(3)

# %%
# denoising of the scanned meter digits, 8x8 pictures
images = load_digits().images.astype("float32") / 16.0
images = images[..., None]
rng = np.random.default_rng(3)
idx = rng.permutation(len(images))
train_img, test_img = images[idx[:1400]], images[idx[1400:]]

def add_noise(x, level=0.35):
    return np.clip(x + rng.normal(0, level, x.shape), 0, 1).astype("float32")

train_noisy, test_noisy = add_noise(train_img), add_noise(test_img)

# %%
inp = keras.Input((8, 8, 1))
x = layers.Conv2D(32, 3, padding="same", activation="relu")(inp)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
out = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
autoencoder = keras.Model(inp, out)
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")

# %% train
history = autoencoder.fit(
    train_noisy, train_img,
    epochs=20, batch_size=64,
    validation_data=(test_noisy, test_img),
    verbose=2,
)

# %%
den = autoencoder.predict(test_noisy, verbose=0)
p = np.clip(test_img, 1e-7, 1 - 1e-7)
floor = float(-(test_img * np.log(p) + (1 - test_img) * np.log(1 - p)).mean())
print("mse noisy   ", float(((test_noisy - test_img) ** 2).mean()))
print("mse denoised", float(((den - test_img) ** 2).mean()))
print("bce of a perfect reconstruction", floor, " reached", history.history["val_loss"][-1])

# %%
plt.plot(history.history["loss"], label="loss")
plt.plot(history.history["val_loss"], label="val_loss")
plt.legend()
plt.close()
