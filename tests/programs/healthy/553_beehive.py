import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (outputs on very different scales, balanced by loss weights)"
TITLE = "A beehive's weight in grams and its mood, from one network fed by a batch loader"
TASK = "multi-output"


class Hive(keras.utils.PyDataset):
    def __init__(self, seed, n, batch_size=32, **kwargs):
        super().__init__(**kwargs)
        rng = np.random.default_rng(seed)
        self.batch_size = batch_size
        self.sound = rng.normal(0, 1, (n, 20)).astype("float32")
        self.weather = rng.normal(0, 1, (n, 3)).astype("float32")
        bloom = np.tanh(self.sound[:, :4].sum(1)) + 0.5 * self.weather[:, 0]
        self.grams = (1500 * bloom + rng.normal(0, 120, n)).astype("float32")
        swarm = self.sound[:, 5] + self.sound[:, 6] - self.weather[:, 1] + rng.normal(0, 0.2, n)
        self.mood = np.digitize(swarm, [-0.8, 0.8])

    def __len__(self):
        return len(self.grams) // self.batch_size

    def __getitem__(self, i):
        part = slice(i * self.batch_size, (i + 1) * self.batch_size)
        return {"sound": self.sound[part], "weather": self.weather[part]}, {"grams": self.grams[part], "mood": self.mood[part]}


def build(seed=0):
    keras.utils.set_random_seed(seed)
    sound, weather = keras.Input((20,), name="sound"), keras.Input((3,), name="weather")
    h = layers.Concatenate()([layers.Dense(48, activation="relu")(sound), layers.Dense(8, activation="relu")(weather)])
    h = layers.Dense(48, activation="relu")(h)
    grams = layers.Rescaling(1500.0, name="grams")(layers.Dense(1)(h))
    mood = layers.Dense(3, activation="softmax", name="mood")(h)
    model = keras.Model({"sound": sound, "weather": weather}, {"grams": grams, "mood": mood})
    model.compile(
        optimizer=keras.optimizers.Adam(2e-3),
        loss={"grams": "mse", "mood": "sparse_categorical_crossentropy"},
        loss_weights={"grams": 1 / 1500 ** 2, "mood": 1.0},
        metrics={"grams": ["mae"], "mood": ["accuracy"]},
    )
    return dict(model=model, x=Hive(seed, 2400), y=None, fit=dict(epochs=15, validation_data=Hive(seed + 30, 640)))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_grams_mae"][-1] < 280 and h["val_mood_accuracy"][-1] > 0.85)
