# %% [markdown]
# # Variational autoencoder on the 8x8 digits
# The latent codes are later used for a nearest-neighbour search of similar digits.

# %%
import numpy as np
import keras
from keras import layers, ops
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(7)

digits = load_digits()
images = (digits.images / 16.0).astype("float32").reshape(-1, 64)
x_train, x_test, y_train, y_test = train_test_split(
    images, digits.target, test_size=0.25, stratify=digits.target, random_state=1)

PARAMS = {"latent": 8, "hidden": 96, "beta": 1.0, "batch": 64, "epochs": 60, "lr": 1e-3}


# %%
class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_var = inputs
        eps = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * eps


def make_encoder():
    inp = keras.Input((64,))
    h = layers.Dense(PARAMS["hidden"], activation="relu")(inp)
    h = layers.Dense(PARAMS["hidden"] // 2, activation="relu")(h)
    mean = layers.Dense(PARAMS["latent"], name="z_mean")(h)
    log_var = layers.Dense(PARAMS["latent"], name="z_log_var")(h)
    return keras.Model(inp, [mean, log_var, Sampling()([mean, log_var])], name="encoder")


def make_decoder():
    inp = keras.Input((PARAMS["latent"],))
    h = layers.Dense(PARAMS["hidden"] // 2, activation="relu")(inp)
    h = layers.Dense(PARAMS["hidden"], activation="relu")(h)
    return keras.Model(inp, layers.Dense(64, activation="sigmoid")(h), name="decoder")


class VAE(keras.Model):
    def __init__(self, encoder, decoder, beta, **kw):
        super().__init__(**kw)
        self.encoder, self.decoder, self.beta = encoder, decoder, beta
        self.trackers = {k: keras.metrics.Mean(name=k) for k in ("loss", "recon", "kl")}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def losses_of(self, x):
        mean, log_var, z = self.encoder(x)
        recon = ops.mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
        kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)
        kl = ops.mean(kl)
        return recon + self.beta * kl, recon, kl

    def update(self, values):
        for tracker, v in zip(self.metrics, values):
            tracker.update_state(v)
        return {m.name: m.result() for m in self.metrics}

    def train_step(self, x):
        with tf.GradientTape() as tape:
            values = self.losses_of(x)
        grads = tape.gradient(values[0], self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return self.update(values)

    def test_step(self, x):
        return self.update(self.losses_of(x))

    def call(self, x):
        return self.decoder(self.encoder(x)[0])


# %% train
vae = VAE(make_encoder(), make_decoder(), PARAMS["beta"])
vae.compile(optimizer=keras.optimizers.Adam(PARAMS["lr"]))
ds_train = tf.data.Dataset.from_tensor_slices(x_train).shuffle(2000).batch(PARAMS["batch"])
ds_test = tf.data.Dataset.from_tensor_slices(x_test).batch(256)
history = vae.fit(ds_train, validation_data=ds_test, epochs=PARAMS["epochs"], verbose=2)

# %%
z_train = vae.encoder.predict(x_train, verbose=0)[0]
z_test = vae.encoder.predict(x_test, verbose=0)[0]
knn = KNeighborsClassifier(5).fit(z_train, y_train)
rebuilt = vae.predict(x_test, verbose=0)
print("kNN accuracy in latent space:", knn.score(z_test, y_test))
print("pixel MSE:", float(((rebuilt - x_test) ** 2).mean()),
      " pixel variance:", float(((x_test - x_train.mean(0)) ** 2).mean()))
