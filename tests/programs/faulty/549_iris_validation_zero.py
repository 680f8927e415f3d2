import keras
from keras import layers
from sklearn.datasets import load_iris

SOURCE = "StackOverflow, 'iris: val_acc is 0.0 but acc is 0.99'"
TITLE = "Iris: training accuracy is nearly 1, val_accuracy is 0.0000 in every epoch"
TRUTH = {"unshuffled-data"}
ALSO = {"distribution-shift", "epochs-too-many"}
TASK = "classification"


def _case(seed, shuffle):
    keras.utils.set_random_seed(seed)
    df = load_iris(as_frame=True).frame
    if shuffle:
        df = df.sample(frac=1.0, random_state=seed)
    x = df.iloc[:, :4]
    x = ((x - x.mean()) / x.std()).to_numpy("float32")
    y = keras.utils.to_categorical(df["target"], 3)
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(8, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=30, batch_size=8, validation_split=0.33))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
