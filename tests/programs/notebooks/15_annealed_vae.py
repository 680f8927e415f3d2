# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(31)
LATENT = 4

# %%
x = load_digits().data.astype("float32") / 16.0
rng = np.random.default_rng(31)
x = x[rng.permutation(len(x))]
x_train, x_val = x[:1500], x[1500:]

# %%
class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed_generator = keras.random.SeedGenerator(31)

    def call(self, inputs):
        mean, log_var = inputs
        eps = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * eps


class VAE(keras.Model):
    def __init__(self, latent, **kw):
        super().__init__(**kw)
        self.enc = keras.Sequential([layers.Dense(128, activation="relu"), layers.Dense(64, activation="relu")])
        self.to_mean, self.to_logvar = layers.Dense(latent), layers.Dense(latent)
        self.sampling = Sampling()
        self.dec = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(128, activation="relu"),
                                     layers.Dense(64, activation="sigmoid")])
        self.beta = keras.Variable(0.0, trainable=False, name="beta")
        self.m_loss = keras.metrics.Mean("loss")
        self.m_rec = keras.metrics.Mean("rec")
        self.m_kl = keras.metrics.Mean("kl")

    @property
    def metrics(self):
        return [self.m_loss, self.m_rec, self.m_kl]

    def call(self, x, training=None):
        h = self.enc(x)
        mean, log_var = self.to_mean(h), self.to_logvar(h)
        return self.dec(self.sampling([mean, log_var])), mean, log_var

    def losses_for(self, x):
        rec, mean, log_var = self(x)
        rec_loss = ops.mean(ops.sum(keras.losses.binary_crossentropy(x[..., None], rec[..., None]), axis=1))
        kl = ops.mean(-0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1))
        return rec_loss, kl

    def _update(self, loss, rec, kl):
        self.m_loss.update_state(loss)
        self.m_rec.update_state(rec)
        self.m_kl.update_state(kl)
        return {m.name: m.result() for m in self.metrics}

    def train_step(self, x):
        with tf.GradientTape() as tape:
            rec, kl = self.losses_for(x)
            loss = rec + self.beta * kl
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        return self._update(loss, rec, kl)

    def test_step(self, x):
        rec, kl = self.losses_for(x)
        return self._update(rec + self.beta * kl, rec, kl)


class Anneal(keras.callbacks.Callback):
    def __init__(self, epochs):
        super().__init__()
        self.n = epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.model.beta.assign(min(1.0, epoch / self.n))


vae = VAE(LATENT)
vae.compile(optimizer=keras.optimizers.Adam(2e-3))

# %% train
hist = vae.fit(x_train, validation_data=(x_val,), epochs=40, batch_size=64, callbacks=[Anneal(15)], verbose=2)

# %%
rec, mean, _ = vae.predict(x_val, verbose=0)
print("rec mse", ((rec - x_val) ** 2).mean(), "variance of the data", x_val.var(0).mean())
print("std of the latent means", mean.std(0), " kl", hist.history["val_kl"][-1])
