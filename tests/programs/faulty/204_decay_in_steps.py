import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import make_moons

SOURCE = "synthetic; pattern: decay_steps given in epochs, counted in batches"
TITLE = "Half moons with a decaying rate: everything that is learned is learned in the first half epoch"
TRUTH = {"learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer", "capacity-too-small"}
TASK = "binary classification"


def _run(seed, decay_steps):
    x, y = make_moons(2400, noise=0.12, random_state=seed)
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:2000], y[:2000].astype("float32"))).shuffle(2000, seed=seed).batch(25).repeat()
    val = mk((x[2000:], y[2000:].astype("float32"))).batch(100)
    model = keras.Sequential([
        keras.Input((2,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ])
    rate = keras.optimizers.schedules.ExponentialDecay(0.005, decay_steps=decay_steps, decay_rate=0.5, staircase=True)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")])
    return dict(model=model, x=train, y=None, fit=dict(epochs=15, steps_per_epoch=80, validation_data=val))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, 5)


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, 5 * 80)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.95)
