import keras
import numpy as np
from keras import layers

SOURCE = "pattern: keras.io transfer learning guide, base copied with clone_model for several heads"
TITLE = "Transfer learning on leaf patterns: my frozen pretrained base gives little more than chance"
TRUTH = {"frozen-weights"}
ALSO = {"weight-init", "capacity-too-small"}
TASK = "classification"

SIZE = 16


def _stripes(rng, n, classes):
    y = rng.integers(0, classes, n)
    angle = np.pi * y / classes + rng.normal(0, 0.07, n)
    u, v = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    wave = np.cos(angle)[:, None, None] * u + np.sin(angle)[:, None, None] * v
    x = np.sin(1.5 * wave + rng.uniform(0, 6.28, n)[:, None, None]) * rng.uniform(0.5, 1, n)[:, None, None]
    return (x + rng.normal(0, 0.5, x.shape))[..., None].astype("float32"), y


def _base():
    return keras.Sequential([
        keras.Input((SIZE, SIZE, 1)),
        layers.Conv2D(12, 5, strides=2, activation="relu"),
        layers.Conv2D(12, 3, activation="relu"),
        layers.Conv2D(12, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="leafnet")


def _pretrained(seed):
    """Learns six stripe directions first; stands for the weights one downloads."""
    rng = np.random.default_rng(1000 + seed)
    x, y = _stripes(rng, 2000, 6)
    base = _base()
    m = keras.Sequential([base, layers.Dense(6, activation="softmax")])
    m.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    m.fit(x, y, epochs=10, batch_size=32, verbose=0)
    return base


def _case(seed, copy_weights):
    keras.utils.set_random_seed(seed)
    source = _pretrained(seed)
    base = keras.models.clone_model(source)
    if copy_weights:
        base.set_weights(source.get_weights())
    base.trainable = False
    x, y = _stripes(np.random.default_rng(seed), 900, 4)
    i = keras.Input((SIZE, SIZE, 1))
    h = base(i, training=False)
    model = keras.Model(i, layers.Dense(4, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.25))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
