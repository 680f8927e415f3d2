# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

# %%
X, y = load_digits(return_X_y=True)
X = (X / 8.0 - 1.0).astype("float32")
Xs, ys = X[:1200], y[:1200]
rng = np.random.default_rng(1)

def triplets():
    by_class = [np.where(ys == c)[0] for c in range(10)]
    while True:
        c, d = rng.choice(10, 2, replace=False)
        a, p = rng.choice(by_class[c], 2, replace=False)
        yield Xs[a], Xs[p], Xs[rng.choice(by_class[d])]

spec = tf.TensorSpec((64,), tf.float32)
ds = tf.data.Dataset.from_generator(triplets, output_signature=(spec, spec, spec)).batch(64).prefetch(4)

# %%
class TripletModel(keras.Model):
    def __init__(self, embedder, margin=0.4):
        super().__init__()
        self.embedder, self.margin = embedder, margin
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, x):
        return self.embedder(x)

    def train_step(self, data):
        a, p, n = data
        with tf.GradientTape() as tape:
            ea, ep, en = (self.embedder(v, training=True) for v in (a, p, n))
            dp = tf.reduce_sum((ea - ep) ** 2, -1)
            dn = tf.reduce_sum((ea - en) ** 2, -1)
            loss = tf.reduce_mean(tf.maximum(dp - dn + self.margin, 0.0))
        g = tape.gradient(loss, self.embedder.trainable_weights)
        self.optimizer.apply_gradients(zip(g, self.embedder.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}

keras.utils.set_random_seed(1)
embedder = keras.Sequential([
    keras.Input((64,)), layers.Dense(96, activation="relu"), layers.Dense(24), layers.UnitNormalization()])
trip = TripletModel(embedder)
trip.compile(optimizer=keras.optimizers.Adam(1e-3))

# %% train
trip.fit(ds, epochs=8, steps_per_epoch=60, verbose=2)

# %%
emb = embedder.predict(X, verbose=0)
knn = KNeighborsClassifier(3).fit(emb[:1200], y[:1200])
print("3-NN in embedding space, later writers:", knn.score(emb[1200:], y[1200:]))
