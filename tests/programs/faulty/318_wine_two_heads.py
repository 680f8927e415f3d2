import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine

SOURCE = "synthetic; pattern: table sorted by class and validation_split; one head left linear"
TITLE = "Wine cultivar plus 'strong or not' head: training perfect, both heads poor on validation"
TRUTH = {"unshuffled-data", "from-logits"}
ALSO = {"output-activation", "loss-mismatch", "too-little-data", "distribution-shift", "class-imbalance", "single-class"}
TASK = "classification, two outputs"


def wines():
    x, y = load_wine(return_X_y=True)
    strong = (x[:, 0] > 13.05).astype("float32")
    x = (x - x.mean(0)) / x.std(0)
    x[:, 0] = 0.5 * x[:, 0] + 0.5 * x[:, 9]  # the lab only has a mixed index of alcohol and colour
    return x.astype("float32"), y, strong


def two_heads(strong_loss):
    inp = keras.Input((13,))
    z = layers.Dense(48, activation="selu", kernel_initializer="lecun_normal")(inp)
    z = layers.Dense(24, activation="selu", kernel_initializer="lecun_normal")(z)
    model = keras.Model(inp, {"cultivar": layers.Dense(3, activation="softmax", name="cultivar")(z),
                              "strong": layers.Dense(1, name="strong")(z)})
    model.compile(keras.optimizers.Adam(0.002), loss={"cultivar": "sparse_categorical_crossentropy", "strong": strong_loss},
                  metrics={"cultivar": "accuracy", "strong": keras.metrics.BinaryAccuracy(threshold=0.0, name="acc")})
    return model


def _make(seed, mix, strong_loss):
    keras.utils.set_random_seed(seed)
    x, y, s = wines()
    i = np.random.default_rng(seed).permutation(len(x)) if mix else np.arange(len(x))
    return dict(model=two_heads(strong_loss), x=x[i], y={"cultivar": y[i], "strong": s[i]},
                fit=dict(epochs=35, batch_size=12, validation_split=0.3))


def build(seed=0):
    return _make(seed, False, "binary_crossentropy")


def fixed(seed=0):
    return _make(seed, True, keras.losses.BinaryCrossentropy(from_logits=True))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_cultivar_accuracy"][-1] > 0.88 and h["val_strong_loss"][-1] < 0.8)
