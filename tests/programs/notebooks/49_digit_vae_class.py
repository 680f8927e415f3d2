# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(61)

# %%
x = (load_digits().data / 16.0).astype("float32")
x_train, x_test = x[:1500], x[1500:]

# %%
class VAE(keras.Model):
    def __init__(self, latent=6, **kwargs):
        super().__init__(**kwargs)
        self.latent = latent
        self.encoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(2 * latent)])
        self.decoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(64, activation="sigmoid")])
        self.total_tracker = keras.metrics.Mean(name="loss")
        self.recon_tracker = keras.metrics.Mean(name="recon")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    @property
    def metrics(self):
        return [self.total_tracker, self.recon_tracker, self.kl_tracker]

    def call(self, data):
        mu, _ = tf.split(self.encoder(data), 2, axis=1)
        return self.decoder(mu)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mu, logvar = tf.split(self.encoder(data), 2, axis=1)
            z = mu + tf.exp(0.5 * logvar) * tf.random.normal(tf.shape(mu))
            recon = self.decoder(z)
            recon_loss = tf.reduce_mean(64 * keras.losses.binary_crossentropy(data, recon))
            kl = tf.reduce_mean(-0.5 * tf.reduce_sum(1 + logvar - mu ** 2 - tf.exp(logvar), axis=1))
            loss = recon_loss + kl
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.total_tracker.update_state(loss)
        self.recon_tracker.update_state(recon_loss)
        self.kl_tracker.update_state(kl)
        return {m.name: m.result() for m in self.metrics}

vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam(2e-3))

# %% train
vae.fit(x_train, batch_size=64, epochs=50, verbose=2)

# %%
recon = vae.predict(x_test, verbose=0)
print("recon MSE:", round(float(np.mean((recon - x_test) ** 2)), 4), "variance of data:", round(float(x_test.var(0).mean()), 4))
