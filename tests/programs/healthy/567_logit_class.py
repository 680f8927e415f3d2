import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer

SOURCE = "style of the TensorFlow guides on subclassing and tf.data"
TITLE = "Subclassed model, one logit, from_logits=True, tf.data with cache and prefetch"
TASK = "binary classification"


class Logit(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([layers.Dense(32, activation="elu"), layers.Dropout(0.3), layers.Dense(16, activation="elu")])
        self.head = layers.Dense(1)

    def call(self, x, training=None):
        return self.head(self.body(x, training=training))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i], y[i].astype("float32")[:, None]
    x = ((x - x[:455].mean(0)) / x[:455].std(0)).astype("float32")
    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:455], y[:455])).cache().shuffle(455, seed=seed).batch(16).prefetch(2)
    model = Logit()
    model.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")])
    return dict(model=model, x=train, y=None, fit=dict(epochs=15, validation_data=mk((x[455:], y[455:])).batch(64)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.92)
