import keras
import numpy as np
from keras import layers

SOURCE = "style of large-scale text tagging with a generator"
TITLE = "Bags of words streamed from a generator, nearly all zeros, several tags each, seen exactly once"
TASK = "multi-label classification"
WORDS, TAGS = 300, 6


def bags(rng, n, table):
    y = rng.random((n, TAGS)) < [0.5, 0.3, 0.3, 0.2, 0.15, 0.1]
    p = 1 - (1 - 0.012) * np.prod(np.where(y[:, :, None], 1 - table, 1.0), axis=1)
    return (rng.random((n, WORDS)) < p).astype("float32"), y.astype("float32")


def topics():
    rng = np.random.default_rng(11)
    return np.where(rng.random((TAGS, WORDS)) < 0.12, rng.uniform(0.05, 0.35, (TAGS, WORDS)), 0.0)


def stream(seed):
    rng, table = np.random.default_rng(seed), topics()
    while True:
        yield bags(rng, 64, table)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.Input((WORDS,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(TAGS, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", steps_per_execution=10,
                  metrics=[keras.metrics.AUC(multi_label=True, num_labels=TAGS, name="auc")])
    val = bags(np.random.default_rng(seed + 1000), 1500, topics())
    return dict(model=model, x=stream(seed), y=None, fit=dict(epochs=1, steps_per_epoch=800, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_auc"][-1] > 0.95 and history.history["val_loss"][-1] < 0.25)
