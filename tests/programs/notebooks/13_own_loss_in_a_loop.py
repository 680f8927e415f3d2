# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score

tf.random.set_seed(4)
np.random.seed(4)

# %%
# concrete mixes, 28 day strength in MPa
rng = np.random.default_rng(4)
n = 3000
mix = pd.DataFrame({
    "cement": rng.uniform(150, 500, n), "slag": rng.uniform(0, 200, n), "water": rng.uniform(130, 230, n),
    "plasticizer": rng.uniform(0, 20, n), "coarse": rng.uniform(800, 1100, n), "age": rng.choice([3, 7, 28, 56, 90], n),
})
strength = (0.11 * mix.cement + 0.06 * mix.slag - 0.18 * mix.water + 0.7 * mix.plasticizer
            + 9 * np.log(mix.age) + 6 * np.sin(mix.coarse / 60) + rng.normal(0, 3, n))
X_train, X_test, y_train, y_test = train_test_split(mix.to_numpy(), strength.to_numpy(), test_size=0.2, random_state=4)
sx, sy = StandardScaler(), StandardScaler()
X_train = sx.fit_transform(X_train).astype("float32")
X_test = sx.transform(X_test).astype("float32")
y_train = sy.fit_transform(y_train.reshape(-1, 1)).ravel().astype("float32")

train_ds = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(3000).batch(64)

# %%
model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
opt = keras.optimizers.Adam(1e-3)

@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        y_hat = model(x, training=True)
        loss = tf.reduce_mean(tf.square(y - y_hat))
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss

# %% train
losses = []
for epoch in range(40):
    m = keras.metrics.Mean()
    for xb, yb in train_ds:
        m.update_state(train_step(xb, yb))
    losses.append(float(m.result()))
    if epoch % 5 == 0:
        print(f"epoch {epoch:3d}  loss {losses[-1]:.4f}")

# %%
pred = sy.inverse_transform(model.predict(X_test, verbose=0)).ravel()
print("R2", r2_score(y_test, pred), "std of predictions", pred.std(), "std of targets", y_test.std())
