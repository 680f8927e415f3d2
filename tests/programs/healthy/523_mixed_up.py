import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of the keras.io MixUp example"
TITLE = "PyDataset that mixes images and labels, label smoothing: training accuracy looks worse than validation"
TASK = "image classification"


class MixUp(keras.utils.PyDataset):
    def __init__(self, x, y, batch=32, alpha=0.3, seed=0, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch, self.alpha = x, y, batch, alpha
        self.rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.x) // self.batch

    def __getitem__(self, k):
        i = self.order[k * self.batch:(k + 1) * self.batch]
        j = self.rng.permutation(i)
        w = self.rng.beta(self.alpha, self.alpha, len(i)).astype("float32")[:, None]
        return (self.x[i] * w[:, :, None, None] + self.x[j] * (1 - w)[:, :, None, None],
                self.y[i] * w + self.y[j] * (1 - w))

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x = (d.images[i] / 16.0)[..., None].astype("float32")
    y = keras.utils.to_categorical(d.target[i], 10)
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), metrics=["accuracy"],
                  loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1))
    return dict(model=model, x=MixUp(x[:1440], y[:1440], seed=seed), y=None,
                fit=dict(epochs=12, validation_data=(x[1440:], y[1440:])))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.95)
