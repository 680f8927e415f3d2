# %%
import numpy as np
import tensorflow as tf
import keras

# %% star ratings of a board game club
rng = np.random.default_rng(28)
U, I, K = 150, 120, 4
pu, qi = rng.normal(0, 1, (U, K)), rng.normal(0, 1, (I, K))
users = rng.integers(0, U, 9000)
items = rng.integers(0, I, 9000)
stars = 3.2 + 0.5 * (pu[users] * qi[items]).sum(1) + rng.normal(0, 0.25, 9000)
pairs = np.stack([users, items], 1).astype("int32")
stars = stars.astype("float32")
tr, te = slice(0, 7500), slice(7500, None)

# %%
class FactorTable(keras.layers.Layer):
    def __init__(self, rows, dim, **kw):
        super().__init__(**kw)
        self.table = tf.Variable(tf.random.normal((rows, dim), stddev=0.1), trainable=True, name="table")

    def call(self, ids):
        return tf.gather(self.table, ids)

class MatrixFactorization(keras.Model):
    def __init__(self, n_users, n_items, dim=8):
        super().__init__()
        self.user_table = FactorTable(n_users, dim)
        self.item_table = FactorTable(n_items, dim)
        self.h = keras.layers.Dense(32, activation="relu")
        self.out = keras.layers.Dense(1)

    def call(self, inputs):
        u, v = self.user_table(inputs[:, 0]), self.item_table(inputs[:, 1])
        x = tf.concat([u, v, u * v], axis=-1)
        return self.out(self.h(x))

keras.utils.set_random_seed(28)
mf = MatrixFactorization(U, I)
mf.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse", metrics=[keras.metrics.RootMeanSquaredError(name="rmse")])

# %% train
mf.fit(pairs[tr], stars[tr], epochs=15, batch_size=128, validation_split=0.1, verbose=2)

# %%
base = np.std(stars[te])
rmse = mf.evaluate(pairs[te], stars[te], verbose=0)[1]
print(f"predicting the mean: {base:.3f}")
print("test RMSE", rmse)
