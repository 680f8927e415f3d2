import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SOURCE = "pattern: 'more layers, worse result' homework on sklearn digits"
TITLE = "With two layers I get 0.95, with nine layers the accuracy is 0.1 and does not move"
TRUTH = {"hidden-activation"}
ALSO = {"vanishing-gradient", "capacity-too-large"}
TASK = "classification"


class Block(layers.Layer):
    def __init__(self, units, act, **kwargs):
        super().__init__(**kwargs)
        self.lin, self.act = layers.Dense(units), layers.Activation(act)

    def call(self, x):
        return self.act(self.lin(x))


def _case(seed, act):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    x = (x / 16.0).astype("float32")
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=y)
    i = keras.Input((64,))
    h = i
    for k in range(9):
        h = Block(40, act, name=f"block{k}")(h)
    model = keras.Model(i, layers.Dense(10, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=20, batch_size=32, validation_data=(xv, yv)))


def build(seed=0):
    return _case(seed, "sigmoid")


def fixed(seed=0):
    return _case(seed, "relu")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
