# %% [markdown]
# # Concrete strength from the mix recipe
# Loop written out by hand because we want to add a physics penalty later.

# %%
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

keras.utils.set_random_seed(23)
rng = np.random.default_rng(23)

# %%
n = 2400
mix = pd.DataFrame({
    "cement": rng.uniform(150, 500, n), "slag": rng.uniform(0, 200, n) * (rng.random(n) < 0.5),
    "fly_ash": rng.uniform(0, 150, n) * (rng.random(n) < 0.5), "water": rng.uniform(140, 230, n),
    "plasticizer": rng.gamma(2, 3, n), "coarse": rng.normal(970, 70, n), "fine": rng.normal(770, 75, n),
    "age": rng.choice([3, 7, 14, 28, 56, 90], n),
})
binder = mix.cement + 0.7 * mix.slag + 0.4 * mix.fly_ash
strength = (22 * (binder / mix.water) ** 0.9 * (0.45 + 0.17 * np.log(mix.age)) + 0.4 * mix.plasticizer
            - 0.01 * (mix.coarse - 970) + rng.normal(0, 2.5, n)).to_numpy("float32")

X_train, X_val, y_train, y_val = train_test_split(mix.to_numpy("float32"), strength, test_size=0.2, random_state=23)
sx = StandardScaler().fit(X_train)
y_mean, y_std = y_train.mean(), y_train.std()
X_train, X_val = sx.transform(X_train).astype("float32"), sx.transform(X_val).astype("float32")
t_train, t_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std

train_ds = tf.data.Dataset.from_tensor_slices((X_train, t_train)).shuffle(2000, seed=23).batch(64)

# %%
model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(1e-3)


def objective(target, estimate):
    return tf.reduce_mean(tf.square(target - estimate))


@tf.function
def train_step(x, t):
    with tf.GradientTape() as tape:
        loss = objective(t, model(x, training=True))
    g = tape.gradient(loss, model.trainable_variables)
    g, norm = tf.clip_by_global_norm(g, 5.0)
    optimizer.apply_gradients(zip(g, model.trainable_variables))
    return loss, norm


# %% train
train_curve, val_curve = [], []
for epoch in range(40):
    losses = []
    for xb, tb in train_ds:
        loss, norm = train_step(xb, tb)
        losses.append(float(loss))
    train_curve.append(np.mean(losses))
    val_curve.append(float(objective(t_val, model(X_val))))
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: loss {train_curve[-1]:.4f}  val_loss {val_curve[-1]:.4f}  grad norm {float(norm):.3f}")

# %%
pred = model.predict(X_val, verbose=0)[:, 0] * y_std + y_mean
print("network R2", r2_score(y_val, pred), "  std of predictions", pred.std(), "of", y_val.std())
print("linear regression R2", LinearRegression().fit(X_train, y_train).score(X_val, y_val))
