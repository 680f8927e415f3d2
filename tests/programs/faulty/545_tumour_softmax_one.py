import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "StackOverflow, 'binary classifier always gives 1.0'"
TITLE = "Benign or malignant: the model answers 1.0 for every patient, accuracy never moves from 0.63"
TRUTH = {"output-activation"}
ALSO = {"output-units", "loss-mismatch"}
TASK = "binary classification"


def _case(seed, last):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    xa, xb, ya, yb = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=y)
    sc = StandardScaler().fit(xa)
    xa, xb = sc.transform(xa).astype("float32"), sc.transform(xb).astype("float32")
    ya, yb = ya.astype("float32"), yb.astype("float32")
    inp = keras.Input((30,))
    h = layers.Dense(24, activation="relu")(inp)
    h = layers.Dense(12, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation=last)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=xa, y=ya, fit=dict(epochs=20, batch_size=32, validation_data=(xb, yb)))


def build(seed=0):
    return _case(seed, "softmax")


def fixed(seed=0):
    return _case(seed, "sigmoid")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
