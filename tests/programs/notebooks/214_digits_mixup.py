# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)

digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target
x_tr, x_te, y_tr, y_te = train_test_split(x, y, test_size=0.25, stratify=y, random_state=6)
Y_tr, Y_te = keras.utils.to_categorical(y_tr, 10), keras.utils.to_categorical(y_te, 10)

# %% [markdown]
# Small CNN with mixup. Metrics printed for training are on the mixed batches.


# %%
def mixup(xb, yb, alpha=0.4):
    lam = rng.beta(alpha, alpha, size=(len(xb), 1)).astype("float32")
    j = rng.permutation(len(xb))
    return lam[..., None, None] * xb + (1 - lam[..., None, None]) * xb[j], lam * yb + (1 - lam) * yb[j]


def build():
    i = keras.Input((8, 8, 1))
    h = layers.Conv2D(32, 3, padding="same")(i)
    h = layers.BatchNormalization(momentum=0.9)(h)
    h = layers.Activation("relu")(h)
    h = layers.MaxPooling2D()(h)
    h = layers.Conv2D(64, 3, padding="same")(h)
    h = layers.BatchNormalization(momentum=0.9)(h)
    h = layers.Activation("relu")(h)
    h = layers.GlobalAveragePooling2D()(h)
    h = layers.Dropout(0.3)(h)
    return keras.Model(i, layers.Dense(10, activation="softmax")(h))


model = build()

# %% train
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.05), metrics=["accuracy"])
EPOCHS, B = 30, 64
log = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
for epoch in range(EPOCHS):
    if epoch == 20:
        model.optimizer.learning_rate.assign(5e-4)
    order = rng.permutation(len(x_tr))
    batches = []
    for s in range(0, len(order) - B + 1, B):
        ix = order[s:s + B]
        batches.append(model.train_on_batch(*mixup(x_tr[ix], Y_tr[ix])))
        model.reset_metrics()
    loss, acc = np.mean(batches, axis=0)
    val_loss, val_acc = model.evaluate(x_te, Y_te, verbose=0)
    for key, value in zip(log, (loss, acc, val_loss, val_acc)):
        log[key].append(float(value))
    if (epoch + 1) % 3 == 0:
        print(f"{epoch + 1:3d}  loss {loss:.3f}  acc {acc:.3f}  val_loss {val_loss:.3f}  val_acc {val_acc:.3f}")

# %%
wrong = np.flatnonzero(model.predict(x_te, verbose=0).argmax(1) != y_te)
print("errors on", len(y_te), "digits:", len(wrong))
