import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "pattern: student notebooks on UrbanSound with librosa.feature.melspectrogram"
TITLE = "Mel spectrograms of machine sounds: loss 4 to 8, accuracy jumps between 0.1 and 0.4 (five classes)"
TRUTH = {"input-not-scaled", "from-logits"}
ALSO = {"output-activation", "loss-mismatch", "exploding-gradient", "dead-relu", "outliers"}
TASK = "classification"


def _melspectrogram(seed, n=1200, mel=20, frames=16):
    """Power per mel band; five sounds differ in band, tremolo and sweep."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, n)
    f, t = np.arange(mel)[None, :, None], np.arange(frames)[None, None, :]
    centre = np.array([4, 9, 14, 7, 12])[y][:, None, None] + rng.normal(0, 0.8, (n, 1, 1))
    sweep = np.array([0, 0, 0, 0.4, -0.4])[y][:, None, None]
    level = 45 + 18 * np.exp(-((f - centre - sweep * (t - 8)) ** 2) / 5)
    level = level + 2 * np.sin(t * np.array([0.5, 1.2, 2, 0, 0])[y][:, None, None])
    loud = rng.normal(0, 9, (n, 1, 1))
    db = level + loud + rng.normal(0, 4, (n, mel, frames))
    return (10 ** (db / 10)).astype("float32")[..., None], y.astype("int32")


def _case(seed, decibel, from_logits):
    keras.utils.set_random_seed(seed)
    power, y = _melspectrogram(seed)
    x = (10 * np.log10(power) - 50) / 15 if decibel else power
    x = x.astype("float32")
    train = tf.data.Dataset.from_tensor_slices((x[:960], y[:960])).shuffle(960, seed=seed).batch(32)
    val = tf.data.Dataset.from_tensor_slices((x[960:], y[960:])).batch(64)
    model = keras.Sequential([
        keras.Input((20, 16, 1)),
        layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(12, 3, activation="relu"), layers.Flatten(),
        layers.Dense(24, activation="relu"), layers.Dense(5),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss, metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=10, validation_data=val))


def build(seed=0):
    return _case(seed, False, False)


def fixed(seed=0):
    return _case(seed, True, True)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.85 and h["val_loss"][-1] < 0.6)
