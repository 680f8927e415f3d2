import keras
import numpy as np
from keras import layers, ops

SOURCE = "Bishop's inverse problem, style of posts on mixture density networks"
TITLE = "Mixture density network: nine numbers out, one target in, the loss goes below zero"
TASK = "density estimation"
K = 3


def nll(y_true, params):
    logit, mean, log_sd = ops.split(params, 3, axis=-1)
    z = (y_true - mean) * ops.exp(-log_sd)
    log_p = ops.log_softmax(logit, axis=-1) - 0.5 * ops.square(z) - log_sd - 0.9189
    return -ops.logsumexp(log_p, axis=-1)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    t = rng.uniform(0, 1, (3000, 1))
    x = t + 0.3 * np.sin(2 * np.pi * t) + rng.uniform(-0.1, 0.1, t.shape)
    x = (x - 0.5) * 3
    start = keras.initializers.Constant([0.1, 0.5, 0.9])
    inp = keras.Input((1,))
    h = layers.Dense(48, activation="tanh")(inp)
    h = layers.Dense(48, activation="tanh")(h)
    out = layers.Concatenate()([
        layers.Dense(K, name="weights")(h),
        layers.Dense(K, name="means", bias_initializer=start)(h),
        layers.Dense(K, name="log_sd")(h),
    ])
    model = keras.Model(inp, out)
    rate = keras.optimizers.schedules.CosineDecay(0.01, 30 * 75)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=nll)
    return dict(model=model, x=x.astype("float32"), y=t.astype("float32"),
                fit=dict(epochs=30, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < -0.75)
