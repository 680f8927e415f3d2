# %% [markdown]
# # Digit reader for meter photos
# Prototype on the bundled 8x8 digits before we get the real crops.
# Encoder + classifier are separate so that the encoder can later be reused for the anomaly screen.

# %%
import numpy as np
import pandas as pd
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(11)

# %%
digits = load_digits()
X = (digits.data / 16.0).astype("float32")
y = digits.target.astype("int32")
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=11)
X_train.shape, X_val.shape

# %%
encoder = keras.Sequential(
    [keras.Input((64,)), layers.Dense(48, activation="relu"), layers.Dense(6, activation="tanh", name="code")],
    name="encoder",
)
classifier = keras.Sequential([keras.Input((6,)), layers.Dense(10, name="digit")], name="classifier")
encoder.summary()

# %%
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(3e-3)
train_acc = keras.metrics.SparseCategoricalAccuracy()
val_acc = keras.metrics.SparseCategoricalAccuracy()

train_ds = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(2000, seed=1).batch(32)
val_ds = tf.data.Dataset.from_tensor_slices((X_val, y_val)).batch(256)


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        logits = classifier(encoder(xb, training=True), training=True)
        loss = loss_fn(yb, logits)
    params = classifier.trainable_variables
    grads = tape.gradient(loss, params)
    optimizer.apply_gradients(zip(grads, params))
    train_acc.update_state(yb, logits)
    return loss


# %% train
rows = []
for epoch in range(25):
    train_acc.reset_state()
    val_acc.reset_state()
    losses = [float(train_step(xb, yb)) for xb, yb in train_ds]
    for xb, yb in val_ds:
        val_acc.update_state(yb, classifier(encoder(xb, training=False), training=False))
    rows.append((epoch, np.mean(losses), float(train_acc.result()), float(val_acc.result())))
history = pd.DataFrame(rows, columns=["epoch", "loss", "acc", "val_acc"])
print(history.iloc[::4])

# %%
pred = classifier(encoder(X_val)).numpy().argmax(1)
print("val accuracy:", (pred == y_val).mean())
print(pd.crosstab(y_val, pred))
