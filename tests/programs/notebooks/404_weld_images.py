# %%
import math
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(21)
rng = np.random.default_rng(21)

# %% grey-scale weld photographs, 4 seam types
def photo(kind):
    yy, xx = np.mgrid[0:24, 0:24]
    t = [yy, xx, yy + xx, np.hypot(yy - 12, xx - 12)][kind]
    stripes = 35 * np.sin(t / 1.6 + rng.uniform(0, 6.3))
    return np.clip(rng.uniform(90, 150) + stripes + rng.normal(0, 28, (24, 24)), 0, 255)

labels = rng.integers(0, 4, 2000)
images = np.stack([photo(k) for k in labels])[..., None].astype("float32")
x_train, y_train, x_test, y_test = images[:1600], labels[:1600], images[1600:], labels[1600:]
mean, std = x_train.mean(), x_train.std()

# %%
class WeldBatches(keras.utils.PyDataset):
    def __init__(self, images, labels, batch_size=32, **kwargs):
        super().__init__(**kwargs)
        self.images, self.labels, self.batch_size = images, labels, batch_size

    def __len__(self):
        return math.ceil(len(self.images) / self.batch_size)

    def __getitem__(self, i):
        part = slice(i * self.batch_size, (i + 1) * self.batch_size)
        batch = self.images[part]
        batch -= mean
        batch /= std
        return batch, self.labels[part]

# %%
cnn = keras.Sequential([keras.Input((24, 24, 1)), layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(),
                        layers.Conv2D(32, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(4)])
cnn.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

# %% train
h = cnn.fit(WeldBatches(x_train, y_train), validation_data=((x_test - mean) / std, y_test), epochs=12, verbose=2)
