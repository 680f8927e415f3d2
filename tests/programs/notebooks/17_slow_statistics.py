# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(15)

# %%
# vibration snippets of 4 machine states (256 samples, raw accelerometer counts / 1000)
rng = np.random.default_rng(15)
def snippet(k):
    t = np.arange(256) / 256
    f = [12, 19, 27, 40][k] * rng.uniform(0.93, 1.07)
    s = np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28))
    if k in (1, 3):
        s += 0.6 * np.sin(2 * np.pi * 2.5 * f * t)
    return 5.0 + 3.0 * s + rng.normal(0, 1.5, 256)

y = rng.integers(0, 4, 1600)
X = np.stack([snippet(k) for k in y]).astype("float32")[..., None]
x_train, x_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=15, stratify=y)

# %%
def block(x, filters, stride):
    x = layers.Conv1D(filters, 7, strides=stride, padding="same")(x)
    x = layers.BatchNormalization(momentum=0.999)(x)
    return layers.Activation("relu")(x)

inp = keras.Input((256, 1))
x = block(inp, 16, 2)
x = block(x, 32, 2)
x = block(x, 32, 2)
x = layers.GlobalAveragePooling1D()(x)
out = layers.Dense(4, activation="softmax")(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=12, batch_size=128, verbose=2)

# %%
print("train", model.evaluate(x_train, y_train, verbose=0))
print("val", model.evaluate(x_val, y_val, verbose=0))
