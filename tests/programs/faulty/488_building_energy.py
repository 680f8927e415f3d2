import keras
import numpy as np
from keras import layers, regularizers

SOURCE = "synthetic; pattern: UCI energy-efficiency style notebooks, every remedy against overfitting at once"
TITLE = "Heating and cooling load: the model gives nearly the same two numbers for every building"
TRUTH = {"dropout", "regularization"}
ALSO = {"capacity-too-small"}
TASK = "multi-target regression"


def _scaled(a):
    return ((a - a[:1200].mean(0)) / a[:1200].std(0)).astype("float32")


class Buildings(keras.utils.PyDataset):
    def __init__(self, x, y, batch, seed, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch = x, y, batch
        self.rng = np.random.default_rng(seed)
        self.order = np.arange(len(x))
        self.on_epoch_end()

    def __len__(self):
        return int(np.ceil(len(self.x) / self.batch))

    def __getitem__(self, i):
        k = self.order[i * self.batch:(i + 1) * self.batch]
        return self.x[k], self.y[k]

    def on_epoch_end(self):
        self.rng.shuffle(self.order)


def loads(seed, n=1500):
    rng = np.random.default_rng(seed)
    compact = rng.uniform(0.6, 1.0, n)
    surface = 1100 - 500 * compact + rng.normal(0, 25, n)
    wall = rng.uniform(245, 416, n)
    height = np.where(compact > 0.75, 7.0, 3.5)
    glazing = rng.choice([0, 0.1, 0.25, 0.4], n)
    sun = rng.normal(0, 1, n)
    people = rng.poisson(4, n)
    heat = 4 * height + 25 * glazing + 0.03 * wall - 2 * sun + 0.02 * surface + rng.normal(0, 1.2, n)
    cool = 3 * height + 30 * glazing * (1 + 0.4 * sun) + 2.5 * sun + 0.5 * people + 0.02 * wall + rng.normal(0, 1.2, n)
    x = np.stack([compact, surface, wall, height, glazing, sun, people], 1)
    y = np.stack([heat, cool], 1)
    return _scaled(x), _scaled(y)


def _case(seed, rate, l2):
    keras.utils.set_random_seed(seed)
    x, y = loads(seed)
    reg = regularizers.L2(l2) if l2 else None
    model = keras.Sequential([keras.Input((7,))])
    for width in (64, 32):
        model.add(layers.Dense(width, activation="relu", kernel_regularizer=reg))
        model.add(layers.Dropout(rate))
    model.add(layers.Dense(2, kernel_regularizer=reg))
    model.compile(optimizer=keras.optimizers.Nadam(0.002), loss="mse", metrics=["mae", "mse"])
    train = Buildings(x[:1200], y[:1200], 32, seed)
    return dict(model=model, x=train, y=None, fit=dict(epochs=20, validation_data=(x[1200:], y[1200:])))


def build(seed=0):
    return _case(seed, 0.85, 0.3)


def fixed(seed=0):
    return _case(seed, 0.05, 1e-5)


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.3)
