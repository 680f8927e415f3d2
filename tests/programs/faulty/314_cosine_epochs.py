import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: decay_steps of a schedule counted in epochs, the schedule counts batches"
TITLE = "Machine sound, CosineDecay copied from a tutorial: the curve is flat after the first epoch"
TRUTH = {"learning-rate-too-low"}
ALSO = {"epochs-too-few", "capacity-too-small", "optimizer"}
TASK = "classification"

EPOCHS, BATCH = 20, 32


def sounds(seed, n=1600):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    t = np.arange(64)
    f = np.array([0.35, 0.5, 0.7, 0.95])[y][:, None]
    wave = np.sin(f * t + rng.uniform(0, 2 * np.pi, (n, 1))) + 0.6 * np.sin(2.1 * t + rng.uniform(0, 2 * np.pi, (n, 1)))
    return (wave + rng.normal(0, 0.8, wave.shape)).astype("float32")[..., None], y


def network(schedule):
    inputs = keras.Input((64, 1))
    x = layers.Conv1D(16, 9, activation="relu", padding="same")(inputs)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Conv1D(24, 7, activation="relu")(x)
    x = layers.GlobalAveragePooling1D()(x)
    outputs = layers.Dense(4, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.Adam(schedule), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = sounds(seed)
    lr = keras.optimizers.schedules.CosineDecay(4e-3, decay_steps=EPOCHS, alpha=1e-3)
    return dict(model=network(lr), x=x, y=y, fit=dict(epochs=EPOCHS, batch_size=BATCH, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = sounds(seed)
    lr = keras.optimizers.schedules.CosineDecay(4e-3, decay_steps=EPOCHS * int(0.8 * len(x) / BATCH), alpha=1e-3)
    return dict(model=network(lr), x=x, y=y, fit=dict(epochs=EPOCHS, batch_size=BATCH, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
