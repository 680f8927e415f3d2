# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
import matplotlib.pyplot as plt

tf.random.set_seed(0)
np.random.seed(0)

# %%
digits = load_digits()
x = (digits.images.reshape(-1, 64) / 16.0).astype("float32")
x_train, x_test = x[:1500], x[1500:]
ds = tf.data.Dataset.from_tensor_slices(x_train).shuffle(1500).batch(64)

# %%
LATENT = 4
encoder = keras.Sequential([layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(2 * LATENT)])
decoder = keras.Sequential([layers.Input((LATENT,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="sigmoid")])
optimizer = keras.optimizers.Adam(2e-3)

def vae_loss(batch):
    mu, logvar = tf.split(encoder(batch), 2, axis=1)
    eps = tf.random.normal(tf.shape(mu))
    recon = decoder(mu + tf.exp(0.5 * logvar) * eps)
    recon_loss = tf.reduce_mean(keras.losses.binary_crossentropy(batch, recon))
    kl = -0.5 * tf.reduce_sum(1 + logvar - tf.square(mu) - tf.exp(logvar), axis=1)
    return recon_loss + tf.reduce_mean(kl), recon_loss, tf.reduce_mean(kl)

@tf.function
def train_step(batch):
    with tf.GradientTape() as tape:
        loss, rec, kl = vae_loss(batch)
    weights = encoder.trainable_variables + decoder.trainable_variables
    grads = tape.gradient(loss, weights)
    optimizer.apply_gradients(zip(grads, weights))
    return loss, rec, kl

# %% train
for epoch in range(60):
    for batch in ds:
        loss, rec, kl = train_step(batch)
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: loss {loss:.4f} rec {rec:.4f} kl {kl:.5f}")

# %%
mu = encoder.predict(x_test, verbose=0)[:, :LATENT]
recon = decoder.predict(mu, verbose=0)
plt.imshow(recon[0].reshape(8, 8), cmap="gray")
print("recon MSE:", round(float(np.mean((recon - x_test) ** 2)), 4),
      "spread between reconstructions:", round(float(recon.std(0).mean()), 4))
