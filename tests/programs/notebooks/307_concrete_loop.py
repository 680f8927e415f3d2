# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.preprocessing import StandardScaler

# %%
g = np.random.default_rng(2024)
mix = pd.DataFrame({
    "cement": g.uniform(100, 540, 1400), "slag": g.uniform(0, 360, 1400), "water": g.uniform(120, 250, 1400),
    "plasticizer": g.uniform(0, 32, 1400), "age_days": g.choice([3, 7, 14, 28, 56, 90], 1400)})
strength = (0.09 * mix.cement + 0.05 * mix.slag - 0.14 * mix.water + 0.4 * mix.plasticizer
            + 9 * np.log(mix.age_days) + g.normal(0, 3, 1400))
strength = ((strength - strength.mean()) / strength.std()).to_numpy("float32")

scaler = StandardScaler().fit(mix[:1100])
X = scaler.transform(mix).astype("float32")
train = tf.data.Dataset.from_tensor_slices((X[:1100], strength[:1100])).shuffle(1100, seed=0).batch(32)
X_te, y_te = X[1100:], strength[1100:]

# %%
class StrengthNet(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = tf.keras.layers.Dense(48, activation="relu")
        self.d2 = tf.keras.layers.Dense(24, activation="relu")
        self.out = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.out(self.d2(self.d1(x)))

net = StrengthNet()
opt = tf.keras.optimizers.Adam(1e-3)

@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        pred = net(xb, training=True)
        loss = tf.reduce_mean(tf.square(yb - pred))
    grads = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss

# %% train
net(X[:1])
for epoch in range(30):
    losses = [float(step(xb, yb)) for xb, yb in train]
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d} loss {np.mean(losses):.4f}")

# %%
p = net(X_te).numpy().ravel()
print("test R2", 1 - np.sum((y_te - p) ** 2) / np.sum((y_te - y_te.mean()) ** 2))
