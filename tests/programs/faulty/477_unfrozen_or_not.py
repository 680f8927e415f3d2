import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: base set trainable again after the warm-up, compile() not called again"
TITLE = "Fine-tuning: after unfreezing the base the accuracy stays where the warm-up left it"
TRUTH = {"frozen-weights", "not-compiled-after-change"}
ALSO = set()
TASK = "image classification"


def _case(seed, recompile):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x, y = (d.images[i] / 16.0).astype("float32")[..., None], d.target[i]
    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(16, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="base")
    inp = keras.Input((8, 8, 1))
    model = keras.Model(inp, layers.Dense(10, activation="softmax")(base(inp)))

    def compiled():
        model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    base.trainable = False
    compiled()
    model.fit(x, y, epochs=2, batch_size=32, validation_split=0.2, verbose=0)
    base.trainable = True
    if recompile:
        compiled()
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
