import keras
import numpy as np
from keras import layers

SOURCE = "style of the keras.io large-scale multi-label text example"
TITLE = "Six independent tags from a bag of words: sigmoid per tag, binary cross-entropy"
TASK = "multi-label classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n, words = 2400, 240
    y = (rng.random((n, 6)) < [0.5, 0.4, 0.3, 0.3, 0.2, 0.2]).astype("float32")
    rate = np.full((n, words), 0.03)
    for k in range(6):
        rate[:, 40 * k:40 * k + 25] += 0.15 * y[:, k:k + 1]
    x = (rng.random((n, words)) < rate).astype("float32")
    model = keras.Sequential([
        keras.Input((words,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(6, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy",
                  metrics=["binary_accuracy", keras.metrics.AUC(multi_label=True, name="auc")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_auc"][-1] > 0.93)
