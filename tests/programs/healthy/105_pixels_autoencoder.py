import keras
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of the Keras blog on autoencoders"
TITLE = "Autoencoder with sigmoid output and binary cross-entropy on grey values in [0, 1]; the loss ends near 0.3"
TASK = "autoencoder"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x = (load_digits().data / 16.0).astype("float32")
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(96, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(96, activation="relu"),
        layers.Dense(64, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["mse"])
    return dict(model=model, x=x, y=x, fit=dict(epochs=30, batch_size=32, shuffle=True, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.25 * float(((x - x.mean(0)) ** 2).mean()))
