import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SOURCE = "style of lecture notes on softmax regression by gradient descent"
TITLE = "Softmax regression from zero weights, plain gradient descent on the whole set, learning rate 0.5"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    xt, xv, yt, yv = train_test_split((x - x.mean(0)) / 6.0, y, test_size=0.25, stratify=y, random_state=seed)
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(10, activation="softmax", kernel_initializer="zeros"),   # convex, so no symmetry to break
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=50, batch_size=len(xt), validation_data=(xv, yv)))


def good(history, model, x, y):
    return bool(history.history["accuracy"][-1] > 0.93 and history.history["val_accuracy"][-1] > 0.92)
