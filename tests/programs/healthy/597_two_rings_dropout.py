import keras
from keras import layers
from sklearn.datasets import make_circles

SOURCE = "pattern: forum question 'validation accuracy higher than training accuracy, is it a bug?'"
TITLE = "Two noisy rings with dropout 0.6: val accuracy is better than train accuracy all the time"
TASK = "binary classification"


class Rings(keras.Model):
    def __init__(self, width, rate):
        super().__init__()
        self.a, self.b = layers.Dense(width, activation="relu"), layers.Dense(width, activation="relu")
        self.drop_a, self.drop_b = layers.Dropout(rate), layers.Dropout(rate)
        self.head = layers.Dense(1)

    def call(self, x, training=None):
        h = self.drop_a(self.a(x), training=training)
        h = self.drop_b(self.b(h), training=training)
        return self.head(h)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = make_circles(2000, noise=0.08, factor=0.55, random_state=seed)
    model = Rings(96, 0.6)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")])
    return dict(model=model, x=x.astype("float32"), y=y.astype("float32")[:, None],
                fit=dict(epochs=15, batch_size=32, validation_split=0.25))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.95)
