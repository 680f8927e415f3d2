# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(21)

# %%
d = load_digits()
X = d.images[..., None].astype("float32") / 16.0
y = d.target
src = y < 6
X_src, y_src = X[src], y[src]
X_new, y_new = X[~src], y[~src] - 6
rng = np.random.default_rng(21)
p = rng.permutation(len(X_new))
X_new, y_new = X_new[p], y_new[p]
x_tr, y_tr, x_va, y_va = X_new[:160], y_new[:160], X_new[160:], y_new[160:]

# %%
# our "pretrained" backbone: learned on the symbols 0-5
def backbone():
    inp = keras.Input((8, 8, 1))
    x = inp
    for f in (24, 32):
        x = layers.Conv2D(f, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inp, x, name="backbone")

base = backbone()
pre = keras.Sequential([base, layers.Dense(6, activation="softmax")])
pre.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
pre.fit(X_src, y_src, epochs=10, batch_size=32, verbose=0)

# %%
base.trainable = False
inp = keras.Input((8, 8, 1))
x = base(inp, training=False)
x = layers.Dropout(0.2)(x)
out = layers.Dense(4, activation="softmax")(x)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()

# %% train
h1 = model.fit(x_tr, y_tr, validation_data=(x_va, y_va), epochs=20, batch_size=16, verbose=2)

base.trainable = True
model.compile(keras.optimizers.Adam(4e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
h2 = model.fit(x_tr, y_tr, validation_data=(x_va, y_va), epochs=20, batch_size=16, verbose=2)

# %%
print("stage 1", h1.history["val_accuracy"][-1], "stage 2", h2.history["val_accuracy"][-1])
