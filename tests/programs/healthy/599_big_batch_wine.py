import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine

SOURCE = "pattern: linear scaling rule with warm-up for large batches"
TITLE = "Wine growers, batches of 500, SGD with a peak rate of 0.8 after a warm-up"
TASK = "classification"


@keras.saving.register_keras_serializable("case599")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, steps, total):
        self.peak, self.steps, self.total = peak, steps, total

    def __call__(self, step):
        s = keras.ops.cast(step, "float32")
        up = self.peak * (s + 1) / self.steps
        down = self.peak * keras.ops.maximum(0.02, 1 - (s - self.steps) / (self.total - self.steps))
        return keras.ops.where(s < self.steps, up, down)

    def get_config(self):
        return dict(peak=self.peak, steps=self.steps, total=self.total)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    wine, grower = load_wine(return_X_y=True)
    rng = np.random.default_rng(seed)
    y = rng.choice(3, 2500, p=[0.33, 0.40, 0.27])
    x = np.empty((2500, 13), "float32")
    for k in range(3):
        w = wine[grower == k]
        x[y == k] = rng.multivariate_normal(w.mean(0), np.cov(w.T), (y == k).sum())
    norm = layers.Normalization()                       # proline runs to 1500, hue to 1.5
    norm.adapt(x[:2000])
    model = keras.Sequential([keras.Input((13,)), norm, layers.Dense(32, activation="relu"),
                              layers.BatchNormalization(momentum=0.8), layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.SGD(WarmUp(0.8, 20, 120), momentum=0.9, nesterov=True),
                  loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=keras.utils.to_categorical(y, 3), fit=dict(epochs=30, batch_size=500, validation_split=0.2))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.94 and h["val_loss"][-1] < 0.25)
