import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: Kaggle facial-keypoints notebooks with flip augmentation"
TITLE = "Pupil position from a small eye image: the x coordinate is always about 0.5, y is fine"
TRUTH = {"misaligned-labels"}
ALSO = {"label-noise"}
TASK = "keypoint regression"


def _eyes(seed, n=1000, size=18):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0.12, 0.88, (n, 2))
    g = (np.arange(size) + 0.5) / size
    d2 = (g[None, None, :] - xy[:, 0, None, None]) ** 2 + (g[None, :, None] - xy[:, 1, None, None]) ** 2
    radius = rng.uniform(0.07, 0.11, (n, 1, 1))
    img = 0.8 - 0.6 * np.exp(-d2 / (2 * radius ** 2)) + rng.normal(0, 0.05, (n, size, size))
    return img[..., None].astype("float32"), xy.astype("float32")


class EyeBatches(keras.utils.PyDataset):
    def __init__(self, images, points, batch, flip, move_points, seed, **kwargs):
        super().__init__(**kwargs)
        self.images, self.points, self.batch = images, points, batch
        self.flip, self.move_points = flip, move_points
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return len(self.images) // self.batch

    def __getitem__(self, i):
        s = slice(i * self.batch, (i + 1) * self.batch)
        a, p = self.images[s].copy(), self.points[s].copy()
        if self.flip:
            f = self.rng.random(len(a)) < 0.5
            a[f] = a[f][:, :, ::-1]
            if self.move_points:
                p[f, 0] = 1 - p[f, 0]
        return a, p


def _case(seed, move_points):
    keras.utils.set_random_seed(seed)
    a, p = _eyes(seed)
    train = EyeBatches(a[:800], p[:800], 32, True, move_points, seed)
    val = EyeBatches(a[800:], p[800:], 40, False, move_points, seed)
    model = keras.Sequential([
        keras.Input(a.shape[1:]),
        layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(12, 3, activation="relu"),
        layers.Flatten(), layers.Dense(48, activation="relu"), layers.Dense(2),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=12, validation_data=val))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_mae"][-1] < 0.06)
