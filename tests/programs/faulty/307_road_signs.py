import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "DeepLocalize GitHub case Traffic-Sign-Classifier"
TITLE = "Sign images: accuracy 0.1 from the first epoch to the last (they advise me to try elu)"
TRUTH = {"dead-relu", "weight-init"}
ALSO = {"hidden-activation", "vanishing-gradient", "dropout"}
TASK = "classification"


def load_data(seed):
    d = load_digits()
    order = np.random.RandomState(seed).permutation(len(d.images))
    x = np.repeat(np.repeat(d.images[order], 2, axis=1), 2, axis=2)
    return (x * 255 / 16).astype("uint8")[..., None], keras.utils.to_categorical(d.target[order])


def make(start):
    model = keras.Sequential()
    model.add(keras.Input(shape=(16, 16, 1)))
    model.add(layers.Rescaling(1 / 255.0, offset=-0.5))
    model.add(layers.Conv2D(8, 3, strides=2, bias_initializer=start, activation="relu"))
    model.add(layers.Conv2D(16, 3, bias_initializer=start, activation="relu"))
    model.add(layers.Conv2D(32, 3, bias_initializer=start, activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(64, bias_initializer=start, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_data(seed)
    model = make(keras.initializers.Constant(-1.1))
    return dict(model=model, x=x, y=y, fit=dict(batch_size=64, epochs=10, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_data(seed)
    return dict(model=make("zeros"), x=x, y=y, fit=dict(batch_size=64, epochs=10, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
