import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "forum; pattern: own layer ported from a TF 1 / TF 2 script"
TITLE = "Own fully connected layer moved to Keras 3: runs, but stays far behind the old script"
TRUTH = {"frozen-weights"}
ALSO = {"capacity-too-small", "weight-init"}
TASK = "classification"


class OldFull(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        with tf.init_scope():
            std = np.sqrt(2.0 / shape[-1]).astype("float32")
            self.w = tf.Variable(tf.random.normal((shape[-1], self.units), stddev=std), trainable=True)
            self.b = tf.Variable(tf.zeros((self.units,)), trainable=True)

    def call(self, x):
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)


class NewFull(OldFull):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), initializer="he_normal", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")


def _case(seed, kind):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), y[i].astype("int32")
    model = keras.Sequential([keras.Input((64,)), kind(20), kind(14), kind(12), layers.Dense(10, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, OldFull)


def fixed(seed=0):
    return _case(seed, NewFull)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.84)
