import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 44184091"
TITLE = "Small CNN, three dropouts in a row because it once overfitted: validation stays at chance"
TRUTH = {"dropout"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "capacity-too-small", "too-little-data"}
TASK = "classification"


class CellNet(keras.Model):
    def __init__(self, keep_out, n_classes=10):
        super().__init__(name="cell_net")
        self.c1 = layers.Conv2D(12, 3, activation="relu", padding="same")
        self.d1 = layers.Dropout(keep_out)
        self.p1 = layers.MaxPooling2D()
        self.c2 = layers.Conv2D(24, 3, activation="relu")
        self.d2 = layers.Dropout(keep_out)
        self.flat = layers.Flatten()
        self.fc = layers.Dense(32, activation="relu")
        self.d3 = layers.Dropout(keep_out)
        self.head = layers.Dense(n_classes, activation="softmax")

    def call(self, x, training=None):
        x = self.p1(self.d1(self.c1(x), training=training))
        x = self.flat(self.d2(self.c2(x), training=training))
        return self.head(self.d3(self.fc(x), training=training))


def _make(seed, rate):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(1797)
    x, y = d.images[i][..., None] / 16.0, d.target[i]
    m = CellNet(rate)
    m.compile(optimizer=keras.optimizers.Adam(0.0015), loss=keras.losses.SparseCategoricalCrossentropy(),
              metrics=["sparse_categorical_accuracy"])
    return dict(model=m, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _make(seed, 0.85)


def fixed(seed=0):
    return _make(seed, 0.15)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_sparse_categorical_accuracy"][-1] > 0.88 and h["sparse_categorical_accuracy"][-1] > 0.8)
