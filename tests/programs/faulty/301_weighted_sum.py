import keras
import numpy as np
from keras.layers import Activation, Dense

SOURCE = "SO 33969059"
TITLE = "Net should learn a weighted sum of three numbers, but the loss is 4.7e6 and the prediction never moves"
TRUTH = {"output-activation", "target-not-scaled"}
ALSO = {"learning-rate-too-high", "dead-relu", "loss-mismatch", "exploding-gradient", "metric-mismatch"}
TASK = "regression"

WS, XNO = [2.0, 1.0, 0.5], 2.2


def get_data(count, seed, rweight=0.4):
    rng = np.random.default_rng(seed)
    xt = rng.random((count, 3))
    yt = 1000 * xt @ np.array(WS) + 1000 * xt[:, 0] * xt[:, 2] + XNO + rweight * (rng.random(count) - 0.5)
    return xt, yt.reshape(-1, 1)


def _make(seed, last, scaled):
    keras.utils.set_random_seed(seed)
    x, y = get_data(3200, seed)
    if scaled:
        y = (y - y.mean()) / y.std()
    model = keras.Sequential()
    model.add(keras.Input(shape=(3,)))
    model.add(Dense(12, kernel_initializer="he_uniform"))
    model.add(Activation("relu"))
    model.add(Dense(6))
    model.add(Activation("relu"))
    model.add(Dense(1))
    model.add(Activation(last))
    sgd = keras.optimizers.SGD(learning_rate=0.03, momentum=0.9, nesterov=True)
    model.compile(loss="mean_squared_error", optimizer=sgd, metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=64, validation_split=0.15))


def build(seed=0):
    return _make(seed, "softmax", False)


def fixed(seed=0):
    return _make(seed, "linear", True)


def good(history, model, x, y):
    r = model.predict(x, verbose=0) - y
    return bool(np.mean(r ** 2) < 0.1 * np.var(y))
