# %%
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(13)

# %%
digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

# %%
def make_pairs(x, y, rng):
    by_class = [np.where(y == c)[0] for c in range(10)]
    left, right, target = [], [], []
    for i in range(len(x)):
        c = y[i]
        left.append(x[i]); right.append(x[rng.choice(by_class[c])]); target.append(1.0)
        other = rng.choice([k for k in range(10) if k != c])
        left.append(x[i]); right.append(x[rng.choice(by_class[other])]); target.append(0.0)
    return np.array(left), np.array(right), np.array(target, dtype="float32")

rng = np.random.default_rng(0)
a_train, b_train, same_train = make_pairs(x_train, y_train, rng)
a_test, b_test, same_test = make_pairs(x_test, y_test, rng)

# %%
embed = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(16, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.Flatten(),
    layers.Dense(16),
], name="embedding")

left_in, right_in = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
distance = layers.Lambda(
    lambda t: ops.sqrt(ops.maximum(ops.sum(ops.square(t[0] - t[1]), axis=1, keepdims=True), 1e-7)),
    output_shape=(1,),
)([embed(left_in), embed(right_in)])
siamese = keras.Model([left_in, right_in], distance)

def contrastive_loss(y_true, d, margin=1.0):
    return ops.mean((1 - y_true) * ops.square(d) + y_true * ops.square(ops.maximum(margin - d, 0)))

siamese.compile(optimizer=keras.optimizers.Adam(1e-3), loss=contrastive_loss)

# %% train
siamese.fit([a_train, b_train], same_train, batch_size=64, epochs=10,
            validation_data=([a_test, b_test], same_test), verbose=2)

# %%
d = siamese.predict([a_test, b_test], verbose=0).ravel()
print("mean distance same / different:", d[same_test == 1].mean().round(3), d[same_test == 0].mean().round(3))
print("verification accuracy:", round(float(((d < 0.5) == (same_test == 1)).mean()), 3))
