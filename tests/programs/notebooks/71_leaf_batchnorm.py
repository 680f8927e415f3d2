# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(12)

# %%
digits = load_digits()
X = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=600, random_state=2, stratify=y)

# %%
def conv_bn(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.999)(x)
    return layers.ReLU()(x)

inp = keras.Input((8, 8, 1))
x = conv_bn(inp, 16)
x = conv_bn(x, 32)
x = layers.MaxPooling2D()(x)
x = conv_bn(x, 32)
x = conv_bn(x, 32)
x = layers.GlobalAveragePooling2D()(x)
out = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(X_train, y_train, batch_size=64, epochs=12, validation_data=(X_test, y_test), verbose=2)

# %%
loss, acc = model.evaluate(X_test, y_test, verbose=0)
print("train accuracy (history):", round(history.history["accuracy"][-1], 3), "test accuracy:", round(acc, 3))
