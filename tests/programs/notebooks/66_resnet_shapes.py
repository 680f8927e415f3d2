# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(111)

# %%
# square, disc, cross, ring on noisy 20x20 images
rng = np.random.default_rng(111)
def draw(kind):
    yy, xx = np.mgrid[:20, :20]
    cy, cx, r = rng.uniform(7, 13), rng.uniform(7, 13), rng.uniform(4, 6)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    dist = np.hypot(dy, dx)
    m = [np.maximum(dy, dx) < r * 0.85, dist < r, np.minimum(dy, dx) < 1.5, np.abs(dist - r) < 1.2][kind]
    m = m & (np.maximum(dy, dx) < r + 1.5)
    return np.clip(90 + 80 * m + rng.normal(0, 25, (20, 20)), 0, 255).astype("uint8")

y = rng.integers(0, 4, 1200)
x = np.stack([draw(k) for k in y])[..., None]
train = tf.data.Dataset.from_tensor_slices((x[:900], y[:900])).shuffle(900).batch(32).prefetch(2)
val = tf.data.Dataset.from_tensor_slices((x[900:], y[900:])).batch(64)

# %%
class ResidualBlock(layers.Layer):
    def __init__(self, filters, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)
        self.bn1 = layers.BatchNormalization(momentum=0.9)
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.bn2 = layers.BatchNormalization(momentum=0.9)
        self.shortcut = layers.Conv2D(filters, 1, strides=stride)

    def call(self, x, training=None):
        h = tf.nn.relu(self.bn1(self.conv1(x), training=training))
        h = self.bn2(self.conv2(h), training=training)
        return tf.nn.relu(h + self.shortcut(x))

model = keras.Sequential([
    layers.Input((20, 20, 1)),
    layers.Rescaling(1 / 127.5, offset=-1),
    ResidualBlock(12),
    ResidualBlock(24, stride=2),
    ResidualBlock(32, stride=2),
    layers.GlobalAveragePooling2D(),
    layers.Dense(4),
])
model.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

# %% train
model.fit(train, validation_data=val, epochs=10, verbose=2)

# %%
print("val accuracy:", round(model.evaluate(val, verbose=0)[1], 3))
