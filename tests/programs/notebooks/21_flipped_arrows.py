# %%
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(23)
SIZE = 24
NAMES = ["left", "right", "up", "down"]

# %%
# direction signs on forklift lanes, drawn
rng = np.random.default_rng(23)
base = np.zeros((SIZE, SIZE), "float32")
base[11:14, 5:16] = 1.0
for i in range(6):
    base[12 - 5 + i:12 + 6 - i, 14 + i] = 1.0          # points to the right
rot = {"right": 0, "up": 1, "left": 2, "down": 3}

def sign(name):
    a = np.rot90(base, rot[name])
    a = np.roll(a, rng.integers(-3, 4, 2), axis=(0, 1))
    a = a * rng.uniform(0.5, 1.0) + rng.uniform(0, 0.2)
    return np.clip(a + rng.normal(0, 0.15, a.shape), 0, 1)

y = rng.integers(0, 4, 1600)
X = np.stack([sign(NAMES[k]) for k in y]).astype("float32")[..., None]
x_train, x_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=23)

# %%
augment = keras.Sequential([
    layers.RandomFlip("horizontal_and_vertical"),
    layers.RandomTranslation(0.08, 0.08),
    layers.RandomContrast(0.2),
], name="augment")

inputs = keras.Input((SIZE, SIZE, 1))
x = augment(inputs)
for f in (16, 32):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
x = layers.Flatten()(x)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(4, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=12, batch_size=32, verbose=2)

# %%
p = model.predict(x_val, verbose=0)
print("val acc", (p.argmax(1) == y_val).mean())
for i in range(4):
    print(NAMES[i], "mean prob", np.round(p[y_val == i].mean(0), 2))
