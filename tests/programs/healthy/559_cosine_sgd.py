import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of image-training recipes with SGD and cosine decay"
TITLE = "SGD starting at 0.5, cosine schedule, BatchNormalization, label smoothing"
TASK = "image classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x, y = (d.images[i] / 16.0).astype("float32")[..., None], keras.utils.to_categorical(d.target[i], 10)
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Conv2D(32, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    ])
    rate = keras.optimizers.schedules.CosineDecay(0.5, decay_steps=15 * 45)
    model.compile(optimizer=keras.optimizers.SGD(rate), metrics=["accuracy"],
                  loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.93)
