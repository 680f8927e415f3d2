# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

tf.random.set_seed(5)

# %%
X, y = load_digits(return_X_y=True)
X = (X.reshape(-1, 8, 8, 1) / 16.0).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

train_ds = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(2000).batch(32).prefetch(2)
test_ds = tf.data.Dataset.from_tensor_slices((X_test, y_test)).batch(128)

# %%
class DigitNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.c1 = keras.layers.Conv2D(16, 3, activation="relu")
        self.c2 = keras.layers.Conv2D(32, 3, activation="relu")
        self.flat = keras.layers.Flatten()
        self.d1 = keras.layers.Dense(64, activation="relu")
        self.out = keras.layers.Dense(10)

    def call(self, x):
        x = self.c2(self.c1(x))
        return self.out(self.d1(self.flat(x)))

model = DigitNet()
model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-5),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(train_ds, validation_data=test_ds, epochs=10, verbose=2)

# %%
probs = tf.nn.softmax(model.predict(test_ds, verbose=0)).numpy()
print("test accuracy:", round(float((probs.argmax(1) == y_test).mean()), 3))
