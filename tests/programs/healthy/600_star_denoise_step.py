import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "style of keras.io 'customizing fit', denoising network that predicts the noise"
TITLE = "Denoising star fields with my own train_step, skip from input to output, half precision inside"
TASK = "denoising"


class Denoiser(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            loss = self.compute_loss(x, y, p)
            scaled = self.optimizer.scale_loss(loss)
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, self.trainable_variables), self.trainable_variables))
        out = {}
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(y, p)
            r = m.result()
            out.update(r if isinstance(r, dict) else {m.name: r})
        return out


class Nights(keras.utils.PyDataset):
    """New noise on every frame in every epoch."""

    def __init__(self, clean, seed, batch=32, **kwargs):
        super().__init__(**kwargs)
        self.clean, self.batch, self.rng = clean, batch, np.random.default_rng(seed)

    def __len__(self):
        return len(self.clean) // self.batch

    def __getitem__(self, k):
        c = self.clean[k * self.batch:(k + 1) * self.batch]
        return (c + self.rng.normal(0, 0.5, c.shape)).astype("float32"), c

    def on_epoch_end(self):
        self.clean = self.clean[self.rng.permutation(len(self.clean))]


def _sky(seed, n, size=16):
    rng = np.random.default_rng(seed)
    g = np.arange(size)
    sky = np.zeros((n, size, size))
    for _ in range(3):
        r, c = rng.uniform(2, size - 2, (2, n, 1, 1))
        sky += rng.uniform(1.0, 3.0, (n, 1, 1)) * np.exp(-((g[:, None] - r) ** 2 + (g[None, :] - c) ** 2) / 4)
    return sky[..., None].astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    i = keras.Input((16, 16, 1))
    h = layers.Conv2D(8, 5, padding="same", activation="relu")(i)
    h = layers.Conv2D(8, 3, padding="same", activation="relu", dtype="mixed_float16")(h)
    noise = layers.Conv2D(1, 3, padding="same", dtype="float32")(h)
    model = Denoiser(i, layers.Subtract(dtype="float32")([i, noise]))
    model.compile(optimizer=keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.003, global_clipnorm=1.0)), loss="mse", metrics=["mae"])
    clean = _sky(seed, 512)
    held = _sky(seed + 500, 128)
    noisy = (held + np.random.default_rng(seed + 900).normal(0, 0.5, held.shape)).astype("float32")
    return dict(model=model, x=Nights(clean, seed), y=None, fit=dict(epochs=8, validation_data=(noisy, held)))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.06)          # the noise alone is 0.25
