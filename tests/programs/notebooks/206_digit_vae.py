# %%
"""Variational autoencoder on the 8x8 digits, for the lecture on latent spaces."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(42)

# %%
X = (load_digits().data / 16.0).astype("float32")
perm = np.random.permutation(len(X))
x_train, x_test = X[perm[:1500]], X[perm[1500:]]
train_ds = tf.data.Dataset.from_tensor_slices(x_train).shuffle(1500).batch(64)
LATENT = 8


# %%
class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed_gen = keras.random.SeedGenerator(7)

    def call(self, inputs):
        mu, logvar = inputs
        eps = keras.random.normal(keras.ops.shape(mu), seed=self.seed_gen)
        return mu + keras.ops.exp(0.5 * logvar) * eps


enc_in = keras.Input((64,))
h = layers.Dense(128, activation="relu")(enc_in)
h = layers.Dense(64, activation="relu")(h)
mu = layers.Dense(LATENT, name="mu")(h)
logvar = layers.Dense(LATENT, name="logvar")(h)
z = Sampling()([mu, logvar])
encoder = keras.Model(enc_in, [mu, logvar, z], name="encoder")

dec_in = keras.Input((LATENT,))
h = layers.Dense(64, activation="relu")(dec_in)
h = layers.Dense(128, activation="relu")(h)
decoder = keras.Model(dec_in, layers.Dense(64, activation="sigmoid")(h), name="decoder")

optimizer = keras.optimizers.Adam(2e-3)
log = {"loss": [], "recon": [], "kl": [], "val_recon": []}


# %%
@tf.function
def train_step(batch):
    with tf.GradientTape() as tape:
        m, lv, zz = encoder(batch, training=True)
        rec = decoder(zz, training=True)
        recon = tf.reduce_mean(keras.losses.binary_crossentropy(batch, rec))
        kl = -0.5 * tf.reduce_mean(tf.reduce_sum(1 + lv - tf.square(m) - tf.exp(lv), axis=1))
        loss = recon + kl
    weights = encoder.trainable_weights + decoder.trainable_weights
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss, recon, kl


# %% train
for epoch in range(40):
    parts = np.array([[float(v) for v in train_step(b)] for b in train_ds]).mean(0)
    m_test = encoder(x_test)[0]
    val = float(tf.reduce_mean(keras.losses.binary_crossentropy(x_test, decoder(m_test))))
    for k, v in zip(log, [*parts, val]):
        log[k].append(float(v))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:3d}  loss {parts[0]:.4f}  recon {parts[1]:.4f}  kl {parts[2]:.4f}  val_recon {val:.4f}")

# %%
m_test, lv_test, _ = encoder(x_test)
rec = decoder(m_test).numpy()
print("pixel MSE of reconstructions:", np.mean((rec - x_test) ** 2))
print("pixel MSE of the average digit:", np.mean((x_train.mean(0) - x_test) ** 2))
print("std of mu over the test set:", m_test.numpy().std(0).round(4))
print("spread between reconstructions:", rec.std(0).mean())
