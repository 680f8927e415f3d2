# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

# %%
X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=7, stratify=y)
scaler = StandardScaler().fit(X_tr)
X_tr, X_te = scaler.transform(X_tr).astype("float32"), scaler.transform(X_te).astype("float32")

micro_batch, accum_steps = 8, 4
ds = tf.data.Dataset.from_tensor_slices((X_tr, y_tr)).shuffle(200, seed=1).batch(micro_batch, drop_remainder=True)

# %%
model = keras.Sequential([
    layers.Input((13,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(3),
])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(0.05)
accumulated = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]

@tf.function
def accumulate(xb, yb):
    with tf.GradientTape() as tape:
        loss = loss_fn(yb, model(xb, training=True))
    for acc, g in zip(accumulated, tape.gradient(loss, model.trainable_variables)):
        acc.assign_add(g / accum_steps)
    return loss

# %% train
step = 0
for epoch in range(40):
    epoch_loss = []
    for xb, yb in ds:
        epoch_loss.append(float(accumulate(xb, yb)))
        step += 1
        if step % accum_steps == 0:
            optimizer.apply_gradients(zip([a.value() for a in accumulated], model.trainable_variables))
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {np.mean(epoch_loss):.4f}")

# %%
logits = model(X_te).numpy()
print("test accuracy:", round(float((logits.argmax(1) == y_te).mean()), 3),
      "test loss:", round(float(loss_fn(y_te, logits)), 3))
