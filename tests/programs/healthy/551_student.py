import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "synthetic (knowledge distillation, own compute_loss)"
TITLE = "A small network learns digits from the scores of a large one"
TASK = "classification"


class Student(keras.Model):
    def __init__(self, teacher, temperature=3.0):
        super().__init__()
        self.teacher = teacher
        self.teacher.trainable = False
        self.temperature = temperature
        self.net = keras.Sequential([layers.Dense(24, activation="relu"), layers.Dense(10)])

    def call(self, x):
        return self.net(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        hard = super().compute_loss(x, y, y_pred, sample_weight)
        soft = ops.softmax(self.teacher(x, training=False) / self.temperature)
        own = ops.log_softmax(y_pred / self.temperature)
        return 0.3 * hard - 0.7 * self.temperature ** 2 * ops.mean(ops.sum(soft * own, axis=-1))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = (x[order] / 16).astype("float32"), y[order]
    teacher = keras.Sequential([keras.Input((64,)), layers.Dense(256, activation="relu"), layers.Dense(10)])
    teacher.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    teacher.fit(x[:1400], y[:1400], epochs=8, batch_size=32, verbose=0)
    model = Student(teacher)
    model.compile(optimizer=keras.optimizers.Adam(4e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    return dict(model=model, x=x[:1400], y=y[:1400], fit=dict(epochs=15, batch_size=32, validation_data=(x[1400:], y[1400:])))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.93)
