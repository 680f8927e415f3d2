# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(55)
LATENT = 8

# %%
x = (load_digits().data / 16.0).astype("float32")
np.random.shuffle(x)
x_train, x_test = x[:1500], x[1500:]

# %%
class Sampling(layers.Layer):
    def call(self, inputs):
        m, lv = inputs
        return m + tf.exp(0.5 * lv) * tf.random.normal(tf.shape(m))

e_in = keras.Input((64,))
e = layers.Dense(128, activation="relu")(e_in)
z_mean, z_log_var = layers.Dense(LATENT)(e), layers.Dense(LATENT)(e)
encoder = keras.Model(e_in, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])])
decoder = keras.Sequential([keras.Input((LATENT,)), layers.Dense(128, activation="relu"),
                            layers.Dense(64, activation="sigmoid")])

class VAE(keras.Model):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.trackers = [keras.metrics.Mean(name=k) for k in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self):
        return self.trackers

    def call(self, inputs):
        return self.decoder(self.encoder(inputs)[0])

    def train_step(self, data):
        with tf.GradientTape() as tape:
            m, lv, z = self.encoder(data, training=True)
            rec = self.decoder(z, training=True)
            rec_loss = tf.reduce_mean(keras.losses.binary_crossentropy(data, rec))
            kl_loss = tf.reduce_mean(tf.reduce_sum(-0.5 * (1 + lv - tf.square(m) - tf.exp(lv)), axis=1))
            total = rec_loss + kl_loss
        grads = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        for t, v in zip(self.trackers, (total, rec_loss, kl_loss)):
            t.update_state(v)
        return {t.name: t.result() for t in self.trackers}

vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(2e-3))

# %% train
vae.fit(x_train, epochs=40, batch_size=64, verbose=2)

# %%
rec = vae.predict(x_test, verbose=0)
print("explained variance of the reconstruction", 1 - np.mean((x_test - rec) ** 2) / np.mean((x_test - x_train.mean(0)) ** 2))
