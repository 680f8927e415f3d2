import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic (tf.data read folder by folder, small shuffle buffer)"
TITLE = "Melody style from notes: the loss drops within each epoch, jumps back, and everything is called the last style"
TRUTH = {"unshuffled-data"}
ALSO = {"learning-rate-too-high"}
TASK = "classification"
STYLES, NOTES, LENGTH = 5, 24, 30


def _tunes(seed, n, chain_seed=7):
    """Tunes style by style, each from its own table of likely next notes."""
    tables = np.random.default_rng(chain_seed).dirichlet(np.full(NOTES, 0.12), (STYLES, NOTES)).cumsum(axis=2)
    rng = np.random.default_rng(seed)
    style = np.repeat(np.arange(STYLES), n // STYLES)
    notes = np.empty((n, LENGTH), int)
    notes[:, 0] = rng.integers(0, NOTES, n)
    for i in range(1, LENGTH):
        steps = tables[style, notes[:, i - 1]]
        notes[:, i] = np.minimum((rng.random((n, 1)) > steps).sum(1), NOTES - 1)
        slip = rng.random(n) < 0.2
        notes[slip, i] = rng.integers(0, NOTES, slip.sum())
    return notes, style


def _net():
    model = keras.Sequential([
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(NOTES, 12),
        layers.Conv1D(32, 2, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(STYLES),
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(3e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    return model


def _run(seed, buffer):
    keras.utils.set_random_seed(seed)
    notes, style = _tunes(seed, 2000)
    train = tf.data.Dataset.from_tensor_slices((notes, style)).shuffle(buffer, seed=seed).batch(32)
    val = tf.data.Dataset.from_tensor_slices(_tunes(seed + 500, 500)).batch(100)
    return dict(model=_net(), x=train, y=None, fit=dict(epochs=12, validation_data=val))


def build(seed=0):
    return _run(seed, 50)


def fixed(seed=0):
    return _run(seed, 2000)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
