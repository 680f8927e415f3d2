# %% [markdown]
# # Verification of handwritten digits with a siamese network
# Two scans go through one shared encoder; the distance says whether they show the same digit.

# %%
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(5)

SETTINGS = dict(pairs_train=5000, pairs_val=1200, embed=16, margin=1.0, batch=64, epochs=12, lr=1e-3)

digits = load_digits()
scans = (digits.images[..., None] / 16.0).astype("float32")
x_tr, x_va, y_tr, y_va = train_test_split(scans, digits.target, test_size=0.3,
                                          stratify=digits.target, random_state=2)


# %%
def make_pairs(x, y, n, seed):
    rng = np.random.default_rng(seed)
    by_class = [np.flatnonzero(y == c) for c in range(10)]
    left, right, same = [], [], []
    for i in range(n):
        a = rng.integers(10)
        b = a if i % 2 == 0 else (a + rng.integers(1, 10)) % 10
        left.append(rng.choice(by_class[a]))
        right.append(rng.choice(by_class[b]))
        same.append(float(a == b))
    return (x[left], x[right]), np.array(same, "float32")


pairs_tr, same_tr = make_pairs(x_tr, y_tr, SETTINGS["pairs_train"], 0)
pairs_va, same_va = make_pairs(x_va, y_va, SETTINGS["pairs_val"], 1)
print("share of same pairs:", same_tr.mean(), same_va.mean())


# %%
class Distance(layers.Layer):
    """Euclidean distance between two embeddings."""

    def call(self, inputs):
        a, b = inputs
        return ops.sqrt(ops.sum(ops.square(a - b), axis=-1, keepdims=True))


class ContrastiveLoss(keras.losses.Loss):
    def __init__(self, margin, **kw):
        super().__init__(**kw)
        self.margin = margin

    def call(self, same, distance):
        pull = same * distance
        push = (1.0 - same) * ops.maximum(self.margin - distance, 0.0)
        return ops.mean(pull + push, axis=-1)


def make_encoder():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(24, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(SETTINGS["embed"]),
    ], name="encoder")


def pair_accuracy(same, distance):
    return ops.mean(ops.cast(ops.equal(same, ops.cast(distance < SETTINGS["margin"] / 2, "float32")), "float32"))


def build():
    encoder = make_encoder()
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    model = keras.Model([a, b], Distance()([encoder(a), encoder(b)]))
    model.compile(optimizer=keras.optimizers.Adam(SETTINGS["lr"]),
                  loss=ContrastiveLoss(SETTINGS["margin"]), metrics=[pair_accuracy])
    return model


# %% train
model = build()
history = model.fit(list(pairs_tr), same_tr[:, None],
                    validation_data=(list(pairs_va), same_va[:, None]),
                    batch_size=SETTINGS["batch"], epochs=SETTINGS["epochs"], verbose=2)

# %%
dist = model.predict(list(pairs_va), verbose=0).ravel()
print("AUC", roc_auc_score(1 - same_va, np.nan_to_num(dist)))
print("mean distance same/different:", dist[same_va == 1].mean(), dist[same_va == 0].mean())
