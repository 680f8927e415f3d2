import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "pattern: forum 'ResNet: training accuracy 0.99, evaluation random', momentum copied from a paper"
TITLE = "Small residual net on radar chips: train accuracy 0.95+, val accuracy sticks at one class"
TRUTH = {"batchnorm"}
ALSO = {"distribution-shift", "epochs-too-few"}
TASK = "classification"


def _chips(seed, n=1000, size=16):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    length, width = np.array([1.3, 2.6, 4.2, 4.2])[y], np.array([1.3, 1.3, 1.3, 2.8])[y]
    a = rng.uniform(0, np.pi, n)[:, None, None]
    c = rng.uniform(6, 9, (n, 2))
    g = np.arange(size)
    u, v = g[None, :, None] - c[:, 0, None, None], g[None, None, :] - c[:, 1, None, None]
    p, q = u * np.cos(a) + v * np.sin(a), -u * np.sin(a) + v * np.cos(a)
    img = 3 * np.exp(-(p / length[:, None, None]) ** 2 - (q / width[:, None, None]) ** 2) + rng.gamma(1.5, 0.3, (n, size, size))
    return img[..., None].astype("float32"), y


def _block(h, filters, momentum):
    s = layers.Conv2D(filters, 1, strides=2)(h)
    h = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(h)
    h = layers.Activation("relu")(layers.BatchNormalization(momentum=momentum)(h))
    h = layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)
    h = layers.BatchNormalization(momentum=momentum)(h)
    return layers.Activation("relu")(layers.Add()([h, s]))


def _case(seed, momentum):
    keras.utils.set_random_seed(seed)
    x, y = _chips(seed)
    i = keras.Input((16, 16, 1))
    h = layers.BatchNormalization(momentum=momentum)(layers.Conv2D(8, 3, padding="same", use_bias=False)(i))
    h = layers.Activation("relu")(h)
    for f in (12, 16):
        h = _block(h, f, momentum)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(i, layers.Dense(4)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    train = tf.data.Dataset.from_tensor_slices((x[:800], y[:800])).shuffle(800, seed=seed).batch(32)
    val = tf.data.Dataset.from_tensor_slices((x[800:], y[800:])).batch(100)
    return dict(model=model, x=train, y=None, fit=dict(epochs=12, validation_data=val))


def build(seed=0):
    return _case(seed, 0.9999)


def fixed(seed=0):
    return _case(seed, 0.9)


def good(history, model, x, y):
    return bool(np.mean(history.history["val_accuracy"][-3:]) > 0.8)
