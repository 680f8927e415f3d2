import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "SO pattern: compile line copied from a multi-class tutorial"
TITLE = "Tumour classifier: the loss goes down nicely but accuracy is frozen at 0.37"
TRUTH = {"metric-mismatch"}
ALSO = {"output-units"}
TASK = "binary classification"


def _case(seed, metric):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    sc = StandardScaler().fit(xt)
    xt, xv = sc.transform(xt).astype("float32"), sc.transform(xv).astype("float32")
    model = keras.Sequential([keras.Input((30,)), layers.Dense(16, activation="relu"), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.004), loss="binary_crossentropy", metrics=[metric])
    return dict(model=model, x=xt, y=yt.astype("float32")[:, None],
                fit=dict(epochs=25, batch_size=32, validation_data=(xv, yv.astype("float32")[:, None]),
                         callbacks=[keras.callbacks.TerminateOnNaN()]))


def build(seed=0):
    return _case(seed, keras.metrics.SparseCategoricalAccuracy(name="acc"))


def fixed(seed=0):
    return _case(seed, keras.metrics.BinaryAccuracy(name="acc"))


def good(history, model, x, y):
    return bool(history.history["val_acc"][-1] > 0.9)
