import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "course solution, subclassed model with a learning-rate callback"
TITLE = "Digits with BatchNormalization and Dropout in a keras.Model subclass, ReduceLROnPlateau"
TASK = "classification"


class Digits(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(16, 3, padding="same", use_bias=False)
        self.bn = layers.BatchNormalization(momentum=0.9)
        self.act = layers.Activation("relu")
        self.pool = layers.MaxPooling2D()
        self.flat = layers.Flatten()
        self.drop = layers.Dropout(0.3)
        self.out = layers.Dense(10, activation="softmax")

    def call(self, x, training=False):
        h = self.pool(self.act(self.bn(self.conv(x), training=training)))
        return self.out(self.drop(self.flat(h), training=training))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i].reshape(-1, 8, 8, 1) / 16).astype("float32"), keras.utils.to_categorical(y[i], 10)
    model = Digits()
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3)
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2, callbacks=[plateau]))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.92)
