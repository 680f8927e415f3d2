import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

SOURCE = "forum; pattern: sparse hidden code asked for by means of an activity penalty"
TITLE = "Wine cultivars with a 'sparse' hidden layer: loss sinks a little and then rests at 1.09"
TRUTH = {"regularization"}
ALSO = {"dead-relu", "capacity-too-small"}
TASK = "classification"


class SparseNet(keras.Model):
    def __init__(self, penalty):
        super().__init__()
        reg = keras.regularizers.L1(penalty) if penalty else None
        self.code = layers.Dense(48, activation="relu", activity_regularizer=reg)
        self.mix = layers.Dense(24, activation="relu", activity_regularizer=reg)
        self.head = layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.head(self.mix(self.code(x)))


def _case(seed, penalty):
    keras.utils.set_random_seed(seed)
    x, y = load_wine(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = StandardScaler().fit(x[i[:133]]).transform(x[i]).astype("float32"), y[i].astype("int32")
    model = SparseNet(penalty)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=40, batch_size=16, validation_split=0.25))


def build(seed=0):
    return _case(seed, 0.5)


def fixed(seed=0):
    return _case(seed, 1e-4)


def good(history, model, x, y):
    k = int(len(x) * 0.75)
    p = model.predict(x[k:], verbose=0)
    return bool((p.argmax(1) == y[k:]).mean() > 0.88 and p.max(1).mean() > 0.8)
