# %% [markdown]
# Road sign crops -> sign class. Small network for the dashcam board, so grayscale 24x24.

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

SEED = 5
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
CLASSES = ["turn_left", "turn_right", "keep_left", "keep_right", "ahead", "no_entry"]


# %%
def line(img, r0, c0, r1, c1, w=1):
    for t in np.linspace(0, 1, 40):
        r, c = r0 + t * (r1 - r0), c0 + t * (c1 - c0)
        img[int(round(r)) - w + 1:int(round(r)) + w, int(round(c)) - w + 1:int(round(c)) + w] = 1.0


def head(img, r, c, dr, dc):
    for s in (-1, 1):
        br, bc = -dr * 4 + s * dc * 3, -dc * 4 + s * dr * 3
        line(img, r, c, r + br, c + bc)


def draw(k):
    img = np.zeros((24, 24), "float32")
    if k in (0, 1):
        d = -1 if k == 0 else 1
        line(img, 18, 12 - 4 * d, 9, 12 - 4 * d)
        line(img, 9, 12 - 4 * d, 9, 12 + 6 * d)
        head(img, 9, 12 + 6 * d, 0, d)
    elif k in (2, 3):
        d = -1 if k == 2 else 1
        line(img, 6, 12 - 5 * d, 17, 12 + 5 * d)
        head(img, 17, 12 + 5 * d, 0.7, 0.7 * d)
    elif k == 4:
        line(img, 19, 12, 5, 12)
        head(img, 5, 12, -1, 0)
    else:
        img[10:14, 5:19] = 1.0
    img = np.roll(img, rng.integers(-2, 3, 2), axis=(0, 1))
    contrast, base = rng.uniform(80, 190), rng.uniform(10, 60)
    img = base + contrast * img + rng.normal(0, 14, img.shape)
    return np.clip(img, 0, 255)


y = rng.integers(0, len(CLASSES), 3000)
x = np.stack([draw(k) for k in y])[..., None].astype("float32")
x_tr, x_va, y_tr, y_va = train_test_split(x, y, test_size=0.2, stratify=y, random_state=SEED)

# %%
augment = keras.Sequential([
    layers.RandomFlip("horizontal"),
    layers.RandomTranslation(0.08, 0.08, fill_mode="nearest"),
    layers.RandomContrast(0.2),
], name="augment")


def make_ds(a, b, training):
    ds = tf.data.Dataset.from_tensor_slices((a, b))
    if training:
        ds = ds.shuffle(len(a), seed=SEED).batch(64)
        ds = ds.map(lambda im, lab: (augment(im, training=True), lab), num_parallel_calls=1)
    else:
        ds = ds.batch(64)
    return ds.prefetch(2)


train_ds, val_ds = make_ds(x_tr, y_tr, True), make_ds(x_va, y_va, False)

inp = keras.Input((24, 24, 1))
h = layers.Rescaling(1 / 255.0)(inp)
for f in (16, 32):
    h = layers.Conv2D(f, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dense(64, activation="relu")(h)
out = layers.Dense(len(CLASSES), activation="softmax")(h)
model = keras.Model(inp, out)

# %% train
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(train_ds, validation_data=val_ds, epochs=14, verbose=2)

# %%
p = model.predict(val_ds, verbose=0).argmax(1)
print(CLASSES)
print(confusion_matrix(y_va, p))
