import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: transfer learning template with an encoder that was never trained"
TITLE = "Two heads on one encoder: only 51 trainable parameters in the summary, both heads stay poor"
TRUTH = {"frozen-weights"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "capacity-too-small", "dead-relu"}
TASK = "multi-output"


def _data(seed, n=2400):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 14)).astype("float32")
    kind = (x[:, 0] * x[:, 1] > 0).astype("int64")
    level = np.sin(2 * x[:, 2]) + 0.6 * x[:, 3] * x[:, 4]
    return x, {"kind": kind, "level": ((level - level.mean()) / level.std()).astype("float32")}


def _net(trainable):
    inp = keras.Input((14,), name="sensors")
    encoder = keras.Sequential([
        keras.Input((14,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(16, activation="relu"),
    ], name="encoder")
    encoder.trainable = trainable
    h = encoder(inp)
    model = keras.Model(inp, {
        "kind": layers.Dense(2, activation="softmax", name="kind")(h),
        "level": layers.Dense(1, name="level")(h),
    })
    model.compile(optimizer=keras.optimizers.Adam(0.003),
                  loss={"kind": "sparse_categorical_crossentropy", "level": "mse"},
                  metrics={"kind": ["accuracy"], "level": ["mae"]})
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(False), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(True), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_kind_accuracy"][-1] > 0.8 and history.history["val_level_mae"][-1] < 0.5)
