import keras
import numpy as np
from keras import layers

SOURCE = "style of multi-label text examples on keras.io"
TITLE = "Multi-label with sigmoid units, batches of 512 and a larger rate"
TASK = "multi-label classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    w = np.random.default_rng(12).normal(0, 1, (30, 8))
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (5000, 30))
    y = (x @ w / np.sqrt(30) + rng.normal(0, 0.1, (5000, 8)) > 0.5).astype("float32")
    model = keras.Sequential([
        keras.Input((30,)),
        layers.Dense(64, activation="gelu"),
        layers.Dense(8, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy",
                  metrics=[keras.metrics.BinaryAccuracy(name="tag_accuracy"), keras.metrics.AUC(multi_label=True, name="auc")])
    return dict(model=model, x=x.astype("float32"), y=y, fit=dict(epochs=20, batch_size=512, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_tag_accuracy"][-1] > 0.9)
