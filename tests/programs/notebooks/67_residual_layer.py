# %%
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(2)

# %%
X, y = make_moons(2000, noise=0.12, random_state=0)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

# %%
class DenseBlock(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        d = input_shape[-1]
        self.w1 = self.add_weight(shape=(d, self.units), initializer="zeros", name="w1")
        self.b1 = self.add_weight(shape=(self.units,), initializer="zeros", name="b1")
        self.w2 = self.add_weight(shape=(self.units, d), initializer="zeros", name="w2")
        self.b2 = self.add_weight(shape=(d,), initializer="zeros", name="b2")

    def call(self, x):
        h = ops.relu(ops.matmul(x, self.w1) + self.b1)
        return x + ops.matmul(h, self.w2) + self.b2

inp = keras.Input((2,))
x = DenseBlock(32)(inp)
x = DenseBlock(32)(x)
x = DenseBlock(32)(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
model.fit(X_train, y_train, epochs=25, batch_size=32, validation_data=(X_test, y_test), verbose=2)

# %%
print("test accuracy:", round(model.evaluate(X_test, y_test, verbose=0)[1], 3))
