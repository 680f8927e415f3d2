import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (SGDR: the loss rises at every restart, on purpose)"
TITLE = "Gesture strokes with cosine restarts"
TASK = "classification"


def _strokes(seed, n=1400, length=32):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 5, n)
    t = np.linspace(0, 1, length)
    turn = np.array([0, 1, 2, -1, -2])[kind][:, None] * np.pi * rng.uniform(0.8, 1.2, (n, 1))
    heading = rng.uniform(-0.5, 0.5, (n, 1)) + turn * t + rng.normal(0, 0.25, (n, length))
    speed = 1 + 0.3 * rng.normal(0, 1, (n, 1))
    path = np.cumsum(np.stack([speed * np.cos(heading), speed * np.sin(heading)], -1), axis=1)
    return (path / path.std()).astype("float32"), kind


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _strokes(seed)
    steps = 1120 // 32
    rate = keras.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=4 * steps, t_mul=2.0, m_mul=0.8)
    model = keras.Sequential([
        keras.Input((32, 2)),
        layers.Conv1D(24, 5, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv1D(24, 5, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.GlobalAveragePooling1D(),
        layers.Dense(5, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=28, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.93)
