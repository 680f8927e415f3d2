import keras
import numpy as np
from keras import layers, ops

SOURCE = "synthetic (toxicity assays: most labels were never measured and are -1)"
TITLE = "Six assays per molecule, two thirds of the labels missing and left out by the loss"
TASK = "multi-label"
ASSAYS = 6


@keras.saving.register_keras_serializable("cases")
def measured_only(y_true, y_pred):
    known = ops.cast(y_true >= 0, "float32")
    y = ops.maximum(y_true, 0.0)
    each = ops.maximum(y_pred, 0.0) - y_pred * y + ops.log1p(ops.exp(-ops.abs(y_pred)))
    return ops.sum(known * each, axis=-1) / ASSAYS * 3


def _molecules(seed, n, missing):
    rng = np.random.default_rng(seed)
    bits = (rng.random((n, 80)) < 0.2).astype("float32")
    effect = np.random.default_rng(6).normal(0, 1.2, (80, ASSAYS))
    score = (bits - 0.2) @ effect
    y = (score + rng.normal(0, 0.5, score.shape) > 0).astype("float32")
    return bits, np.where(rng.random(y.shape) < missing, -1.0, y).astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _molecules(seed, 3000, 0.66)
    inp = keras.Input((80,))
    h = layers.Dense(64, activation="relu")(inp)
    h = layers.Dropout(0.4)(h)
    model = keras.Model(inp, layers.Dense(ASSAYS)(h))
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss=measured_only)
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_data=_molecules(seed + 60, 800, 0.66)))


def good(history, model, x, y):
    x, y = _molecules(4711, 1000, 0.0)
    return bool(np.mean((model.predict(x, verbose=0) > 0) == y) > 0.85)
