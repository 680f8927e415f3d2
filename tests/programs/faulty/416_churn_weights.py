import keras
import numpy as np
from keras import layers, regularizers

SOURCE = "synthetic; pattern: class_weight with the two classes the wrong way round, and an L1 penalty copied from a paper"
TITLE = "Churn: not one leaving customer is found, even with class weights"
TRUTH = {"class-imbalance", "regularization"}
ALSO = {"metric-mismatch", "capacity-too-small", "epochs-too-few", "learning-rate-too-low"}
TASK = "binary classification"


def customers(seed, n=3000):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.07).astype(int)
    x = rng.normal(0, 1, (n, 12))
    flip = rng.choice([-1, 1], n)
    x[:, 0] += 1.3 * y
    x[:, 1] += 2.0 * y * flip
    x[:, 2] += 2.0 * y * flip
    x[:, 5] -= 0.8 * y
    return x.astype("float32"), y


def _run(seed, right_weights, mild):
    keras.utils.set_random_seed(seed)
    x, y = customers(seed)
    n0, n1 = np.bincount(y)
    w = {0: len(y) / (2 * n1), 1: len(y) / (2 * n0)}
    if right_weights:
        w = {0: w[1], 1: w[0]}
    reg = regularizers.L1(1e-5 if mild else 0.12)
    model = keras.Sequential([
        keras.Input((12,)),
        layers.Dense(32, activation="relu", kernel_regularizer=reg),
        layers.Dense(16, activation="relu", kernel_regularizer=reg),
        layers.Dense(1, activation="sigmoid", kernel_regularizer=reg),
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(0.002), loss="binary_crossentropy",
                  metrics=["accuracy", keras.metrics.AUC()])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=50, validation_split=0.2, class_weight=w))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool(0.5 * (p[y == 1].mean() + (~p[y == 0]).mean()) > 0.77)
